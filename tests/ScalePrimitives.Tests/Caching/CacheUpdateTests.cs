using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class CacheUpdateTests
{
    private readonly List<(string Key, int Value, RemovalCause Cause)> _removed = [];

    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    [Theory]
    [MemberData(nameof(Policies))]
    public void AddOrUpdate_adds_or_makes_the_new_value_from_the_old(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(policy);
        Assert.Equal(1, cache.AddOrUpdate("a", 1, (_, _) => throw new NotSupportedException()));
        Assert.Equal(11, cache.AddOrUpdate("a", 5, (key, value) => value + (10 * key.Length)));
        Assert.Equal(102, cache.AddOrUpdate("b", 100, (key, state) => state + 2, (_, _, _) => throw new NotSupportedException()));
        Assert.Equal(202, cache.AddOrUpdate("b", 100, (_, _) => throw new NotSupportedException(), (key, value, state) => value + state));
        Assert.Equal([("a", 11), ("b", 202)], cache.Select(entry => (entry.Key, entry.Value)).Order());
        Assert.Equal([("a", 1, RemovalCause.Replaced), ("b", 102, RemovalCause.Replaced)], _removed);
        Assert.Equal(0, cache.Statistics.Misses);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void TryUpdate_replaces_only_the_value_that_it_was_told(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(policy);
        Assert.False(cache.TryUpdate("a", 2, 0));
        cache.Set("a", 1);
        Assert.False(cache.TryUpdate("a", 3, 2));
        Assert.True(cache.TryUpdate("a", 3, 1));
        Assert.Equal([KeyValuePair.Create("a", 3)], cache);
        Assert.Equal([("a", 1, RemovalCause.Replaced)], _removed);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Remove_of_an_entry_takes_out_only_the_value_that_it_was_told(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(policy);
        Assert.False(cache.Remove(KeyValuePair.Create("a", 0)));
        cache.Set("a", 1);
        Assert.False(cache.Remove(KeyValuePair.Create("a", 2)));
        Assert.True(cache.Remove(KeyValuePair.Create("a", 1)));
        Assert.False(cache.Remove(KeyValuePair.Create("a", 1)));
        Assert.Equal([("a", 1, RemovalCause.Removed)], _removed);
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void RemoveWhere_takes_out_all_that_the_condition_holds_for(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(policy, capacity: 100);
        for (int i = 0; i < 50; i++)
        {
            cache.Set($"{i}", i);
        }

        Assert.Equal(17, cache.RemoveWhere((key, value) => $"{value}" == key && value % 3 == 0));
        Assert.Equal(33, cache.Count);
        Assert.All(_removed, removal => Assert.Equal((0, RemovalCause.Removed), (removal.Value % 3, removal.Cause)));
        Assert.Equal(0, cache.RemoveWhere((_, value) => value % 3 == 0));
        Assert.Equal(33, cache.RemoveWhere((_, _) => true));
        Assert.Equal(50, _removed.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public void RemoveWhere_leaves_what_was_taken_out_before_the_condition_threw_out()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        cache.Set("b", 2);
        cache.Set("c", 3);
        int asked = 0;
        Assert.Throws<TimeoutException>(() => cache.RemoveWhere((_, _) => ++asked == 3 ? throw new TimeoutException() : true));
        Assert.Equal(1, cache.Count);
        Assert.Equal(2, _removed.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public void RemoveWhere_leaves_what_is_changed_while_it_asks()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        Assert.Equal(0, cache.RemoveWhere((key, value) =>
        {
            cache.Set(key, value + 1);
            return true;
        }));
        Assert.Equal([KeyValuePair.Create("a", 2)], cache);
        Assert.Equal(0, cache.RemoveWhere((key, _) => cache.Remove(key)));
        Assert.Equal([("a", 1, RemovalCause.Replaced), ("a", 2, RemovalCause.Removed)], _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_factory_that_throws_leaves_all_as_it_was()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        Assert.Throws<TimeoutException>(() => cache.AddOrUpdate("a", 0, (_, _) => throw new TimeoutException()));
        Assert.Throws<TimeoutException>(() => cache.AddOrUpdate<int>("b", 0, (_, _) => throw new TimeoutException(), (_, _, _) => 5));
        Assert.Equal([KeyValuePair.Create("a", 1)], cache);
        Assert.Empty(_removed);
        Assert.Equal(0, cache.Statistics.Loads);
        cache.CheckIntegrity();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_write_between_the_read_and_the_update_makes_it_run_again(bool timed)
    {
        using Cache<string, int> cache = timed ? CreateTimed() : Create();
        cache.Set("a", 1);
        var seen = new List<int>();
        Assert.Equal(30, cache.AddOrUpdate("a", -1, (_, value) =>
        {
            seen.Add(value);
            if (value < 3)
            {
                cache.Set("a", value + 1);
            }

            return value * 10;
        }));
        Assert.Equal([1, 2, 3], seen);
        Assert.Equal([KeyValuePair.Create("a", 30)], cache);
        Assert.Equal([("a", 1, RemovalCause.Replaced), ("a", 2, RemovalCause.Replaced), ("a", 3, RemovalCause.Replaced)], _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_removal_between_the_read_and_the_update_makes_it_an_addition()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        Assert.Equal(5, cache.AddOrUpdate("a", 5, (_, value) =>
        {
            cache.Remove("a");
            return value + 1;
        }));
        Assert.Equal([KeyValuePair.Create("a", 5)], cache);
        Assert.Equal([("a", 1, RemovalCause.Removed)], _removed);
    }

    [Fact]
    public void An_addition_between_the_look_and_the_addition_makes_it_an_update()
    {
        using Cache<string, int> cache = Create();
        Assert.Equal(11, cache.AddOrUpdate(
            "a",
            0,
            (_, _) =>
            {
                cache.Set("a", 1);
                return 5;
            },
            (_, value, _) => value + 10));
        Assert.Equal([KeyValuePair.Create("a", 11)], cache);
        Assert.Equal([("a", 1, RemovalCause.Replaced)], _removed);
    }

    [Fact]
    public void A_value_that_expires_between_the_read_and_the_update_makes_it_an_addition()
    {
        var time = new ManualTimeProvider();
        using Cache<string, int> cache = CreateTimed(time);
        cache.Set("a", 1);
        Assert.Equal(5, cache.AddOrUpdate("a", 5, (_, value) =>
        {
            time.Advance(TimeSpan.FromMinutes(2));
            return value + 1;
        }));
        Assert.Equal([("a", 1, RemovalCause.Expired)], _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void An_update_wins_over_a_load_that_began_before_it()
    {
        using Cache<string, int> cache = Create();
        Assert.Equal(1, cache.GetOrAdd("a", key =>
        {
            cache.AddOrUpdate(key, 2, (_, _) => 3);
            return 1;
        }));
        Assert.Equal([KeyValuePair.Create("a", 2)], cache);
        Assert.Empty(_removed);
        cache.CheckIntegrity();
    }

    // Equal values may differ in their bits, and the value that is not a number equals itself here.
    [Fact]
    public void Floating_point_values_are_compared_as_their_type_compares_them_and_replaced_for_certain()
    {
        using var cache = new Cache<string, double>(10);
        cache.Set("a", double.NaN);
        Assert.True(cache.TryUpdate("a", -0.0, double.NaN));
        Assert.True(cache.TryUpdate("a", BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0001), 0.0));
        Assert.Equal(-0.0, cache.AddOrUpdate("a", 1, (_, value) => double.IsNaN(value) ? -0.0 : 2));
        Assert.True(cache.Remove(KeyValuePair.Create("a", 0.0)));
        cache.Set("a", double.NaN);
        Assert.Equal(1, cache.RemoveWhere((_, value) => double.IsNaN(value)));
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_zero_of_the_other_sign_written_between_is_another_value()
    {
        using var cache = new Cache<string, double>(10);
        cache.Set("a", 0.0);
        int runs = 0;
        cache.AddOrUpdate("a", 1, (_, value) =>
        {
            if (++runs == 1)
            {
                cache.Set("a", -0.0);
            }

            return 1 / value;
        });
        Assert.True(cache.TryGet("a", out double stored));
        Assert.Equal(double.NegativeInfinity, stored);
        Assert.Equal(2, runs);
    }

    [Fact]
    public void Null_is_a_value()
    {
        using var cache = new Cache<string, string?>(10);
        Assert.False(cache.TryUpdate("a", "1", null));
        Assert.False(cache.Remove(KeyValuePair.Create("a", (string?)null)));
        Assert.Null(cache.AddOrUpdate("a", null, (_, _) => "2"));
        Assert.True(cache.ContainsKey("a"));
        Assert.True(cache.TryUpdate("a", "1", null));
        Assert.Null(cache.AddOrUpdate("a", "2", (_, value) => value == "1" ? null : "3"));
        Assert.Equal(0, cache.RemoveWhere((_, value) => value is not null));
        Assert.True(cache.Remove(KeyValuePair.Create("a", (string?)null)));
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public void Wide_structs_are_compared_whole()
    {
        using var cache = new Cache<string, (long, long, string)>(10);
        cache.Set("a", (1, 2, "3"));
        Assert.False(cache.TryUpdate("a", (0, 0, ""), (1, 2, "4")));
        Assert.True(cache.TryUpdate("a", (1, 2, "5"), (1, 2, "3")));
        int runs = 0;
        Assert.Equal((8, 2, "5"), cache.AddOrUpdate("a", default, (_, value) =>
        {
            if (++runs == 1)
            {
                cache.Set("a", (7, 2, "5"));
            }

            return (value.Item1 + 1, value.Item2, value.Item3);
        }));
        Assert.Equal(2, runs);
        Assert.True(cache.Remove(KeyValuePair.Create("a", (8L, 2L, "5"))));
        cache.CheckIntegrity();
    }

    [Fact]
    public void References_are_compared_as_their_type_says()
    {
        using var cache = new Cache<int, string>(10);
        cache.Set(1, new string('a', 3));
        Assert.True(cache.TryUpdate(1, "b", new string('a', 3)));
        Assert.True(cache.Remove(KeyValuePair.Create(1, new string('b', 1))));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void An_updated_entry_keeps_its_key_and_its_place(EvictionPolicy policy)
    {
        var first = new string('a', 1);
        using Cache<string, int> cache = Create(policy);
        cache.Set(first, 1);
        cache.AddOrUpdate(new string('a', 1), 0, (_, value) => value + 1);
        cache.TryUpdate(new string('a', 1), 3, 2);
        Assert.Same(first, Assert.Single(cache).Key);
    }

    [Fact]
    public void Nulls_are_refused_by_name()
    {
        using Cache<string, int> cache = Create();
        Assert.Throws<ArgumentNullException>("key", () => cache.TryUpdate(null!, 1, 2));
        Assert.Throws<ArgumentNullException>("key", () => cache.AddOrUpdate(null!, 1, (_, _) => 2));
        Assert.Throws<ArgumentNullException>("updateFactory", () => cache.AddOrUpdate("a", 1, null!));
        Assert.Throws<ArgumentNullException>("addFactory", () => cache.AddOrUpdate("a", 1, null!, (_, _, _) => 2));
        Assert.Throws<ArgumentNullException>("updateFactory", () => cache.AddOrUpdate("a", 1, (_, _) => 2, null!));
        Assert.Throws<ArgumentNullException>("key", () => cache.Remove(default(KeyValuePair<string, int>)));
        Assert.Throws<ArgumentNullException>("predicate", () => cache.RemoveWhere(null!));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void A_disposed_cache_refuses()
    {
        Cache<string, int> cache = Create();
        cache.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cache.TryUpdate("a", 1, 2));
        Assert.Throws<ObjectDisposedException>(() => cache.AddOrUpdate("a", 1, (_, _) => 2));
        Assert.Throws<ObjectDisposedException>(() => cache.Remove(KeyValuePair.Create("a", 1)));
        Assert.Throws<ObjectDisposedException>(() => cache.RemoveWhere((_, _) => true));
        Assert.Throws<ObjectDisposedException>(() => cache.RemoveExpired());
        Assert.Throws<ObjectDisposedException>(() => cache.Set("a", 1, TimeSpan.FromSeconds(1)));
        Assert.Throws<ObjectDisposedException>(() => cache.Resize(5));
        Assert.Throws<ObjectDisposedException>(() => cache.Hottest(5));
        Assert.Throws<ObjectDisposedException>(() => cache.Coldest(5));
    }

    private Cache<string, int> CreateTimed(TimeProvider? time = null) => new(new CacheOptions<string, int>
    {
        Capacity = 10,
        ExpireAfterWrite = TimeSpan.FromMinutes(1),
        TimeProvider = time ?? new ManualTimeProvider(),
        OnRemoved = (key, value, cause) => _removed.Add((key, value, cause)),
    });

    private Cache<string, int> Create(EvictionPolicy policy = EvictionPolicy.Adaptive, int capacity = 10) =>
        new(new CacheOptions<string, int> { Capacity = capacity, Policy = policy, OnRemoved = (key, value, cause) => _removed.Add((key, value, cause)) });
}
