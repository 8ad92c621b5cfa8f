using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Entries that weigh: here the value is the weight.</summary>
public class CacheWeightTests
{
    private readonly List<(string Key, long Value, RemovalCause Cause)> _removed = [];

    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_weight_bounds_a_cache_without_a_capacity(EvictionPolicy policy)
    {
        using Cache<string, long> cache = Create(10, policy: policy);
        Assert.Equal(int.MaxValue, cache.Capacity);
        Assert.Equal(10, cache.MaxWeight);
        for (int i = 0; i < 100; i++)
        {
            cache.Set($"{i}", 1 + (i % 4));
            Assert.InRange(cache.Weight, 1, 10);
            Assert.Equal(cache.Weight, cache.Sum(entry => entry.Value));
            cache.CheckIntegrity();
        }

        Assert.Equal(100, _removed.Count + cache.Count);
        Assert.All(_removed, removal => Assert.Equal(RemovalCause.Evicted, removal.Cause));
        Assert.Equal(_removed.Count, cache.Statistics.Evictions);
    }

    [Fact]
    public void Count_and_weight_bound_a_cache_together()
    {
        using Cache<string, long> cache = Create(10, capacity: 3);
        Assert.Equal(3, cache.Capacity);
        Set(cache, ("a", 1), ("b", 1), ("c", 1), ("d", 1)); // the count
        Assert.Equal([("a", 1, RemovalCause.Evicted)], _removed);
        Assert.Equal((3, 3), (cache.Count, cache.Weight));

        cache.Set("e", 9); // the weight: two have to go
        Assert.Equal([("a", 1, RemovalCause.Evicted), ("b", 1, RemovalCause.Evicted), ("c", 1, RemovalCause.Evicted)], _removed);
        Assert.Equal(["d", "e"], Keys(cache));
        Assert.Equal(10, cache.Weight);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task A_value_heavier_than_all_may_be_is_returned_but_not_kept_and_pushes_nothing_out(EvictionPolicy policy)
    {
        using Cache<string, long> cache = Create(10, policy: policy);
        Set(cache, ("a", 4), ("b", 6));
        cache.Set("c", 11);
        Assert.Equal(12, cache.GetOrAdd("d", _ => 12));
        Assert.Equal(13, await cache.GetOrAddAsync("e", 0, (_, _, _) => ValueTask.FromResult(13L), TestToken));
        Assert.Equal(14, cache.AddOrUpdate("f", 14, (_, value) => value));
        cache.Set("g", long.MaxValue);

        Assert.Equal(["a", "b"], Keys(cache));
        Assert.Equal(10, cache.Weight);
        Assert.Equal(
            [("c", 11, RemovalCause.Overweight), ("d", 12, RemovalCause.Overweight), ("e", 13, RemovalCause.Overweight), ("f", 14, RemovalCause.Overweight), ("g", long.MaxValue, RemovalCause.Overweight)],
            _removed);
        Assert.Equal(0, cache.Statistics.Evictions);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_value_as_heavy_as_all_may_be_is_kept_alone(EvictionPolicy policy)
    {
        using Cache<string, long> cache = Create(10, policy: policy);
        Set(cache, ("a", 4), ("b", 6), ("c", 10));
        Assert.Equal(["c"], Keys(cache));
        Assert.Equal(10, cache.Weight);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_value_too_heavy_takes_the_one_that_its_key_had_out_with_it(EvictionPolicy policy)
    {
        using Cache<string, long> cache = Create(10, policy: policy);
        Set(cache, ("a", 4), ("b", 6));
        cache.Set("a", 11);
        Assert.False(cache.TryGet("a", out _));
        Assert.Equal([("a", 4, RemovalCause.Replaced), ("a", 11, RemovalCause.Overweight)], _removed);
        Assert.True(cache.TryUpdate("b", 12, 6));
        Assert.Equal((0, 0), (cache.Count, cache.Weight));
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_heavier_value_in_the_place_of_another_makes_room_as_the_policy_says()
    {
        using Cache<string, long> cache = Create(10);
        Set(cache, ("a", 3), ("b", 3), ("c", 3));
        cache.Set("b", 5);
        Assert.Equal([("b", 3, RemovalCause.Replaced), ("a", 3, RemovalCause.Evicted)], _removed);
        Assert.Equal(8, cache.Weight);

        cache.Set("c", 10); // all the others have to go
        Assert.Equal(["c"], Keys(cache));
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_heavier_value_may_be_the_one_that_has_to_go()
    {
        using Cache<string, long> cache = Create(10, policy: EvictionPolicy.Fifo);
        Set(cache, ("a", 3), ("b", 7));
        cache.Set("a", 4); // the oldest still
        Assert.Equal([("a", 3, RemovalCause.Replaced), ("a", 4, RemovalCause.Evicted)], _removed);
        Assert.Equal(["b"], Keys(cache));
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_lighter_value_in_the_place_of_another_gives_room_back(EvictionPolicy policy)
    {
        using Cache<string, long> cache = Create(10, policy: policy);
        Set(cache, ("a", 9), ("a", 2), ("b", 8));
        Assert.Equal(["a", "b"], Keys(cache));
        Assert.Equal(10, cache.Weight);
        Assert.Equal([("a", 9, RemovalCause.Replaced)], _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void What_weighs_nothing_is_bounded_by_the_count_alone()
    {
        using Cache<string, long> cache = Create(1, capacity: 100);
        for (int i = 0; i < 150; i++)
        {
            cache.Set($"{i}", 0);
        }

        Assert.Equal((100, 0), (cache.Count, cache.Weight));
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task A_negative_weight_is_refused_before_anything_changes(EvictionPolicy policy)
    {
        using Cache<string, long> cache = Create(10, policy: policy);
        Set(cache, ("a", 4), ("b", 6));
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => cache.Set("a", -1));
        Assert.Contains("-1", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => cache.Set("c", -1, TimeSpan.FromSeconds(1)));
        Assert.Throws<InvalidOperationException>(() => cache.GetOrAdd("c", _ => long.MinValue));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await cache.GetOrAddAsync("c", 0, (_, _, _) => ValueTask.FromResult(-2L), TestToken));
        Assert.Throws<InvalidOperationException>(() => cache.TryUpdate("a", -1, 4));
        Assert.Throws<InvalidOperationException>(() => cache.AddOrUpdate("a", 0, (_, _) => -1));
        Assert.Throws<InvalidOperationException>(() => cache.AddOrUpdate("c", -1, (_, _) => 0));

        Assert.Equal([KeyValuePair.Create("a", 4L), KeyValuePair.Create("b", 6L)], cache.OrderBy(entry => entry.Key, StringComparer.Ordinal));
        Assert.Empty(_removed);
        Assert.Equal(10, cache.Weight);
        Assert.Equal(2, cache.Statistics.LoadFailures);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_weigher_that_throws_leaves_all_as_it_was()
    {
        using var cache = new Cache<string, long>(new CacheOptions<string, long> { MaxWeight = 10, Weigher = (_, value) => value == 5 ? throw new TimeoutException() : value });
        cache.Set("a", 4);
        Assert.Throws<TimeoutException>(() => cache.Set("a", 5));
        Assert.Throws<TimeoutException>(() => cache.GetOrAdd("b", _ => 5));
        Assert.Equal(KeyValuePair.Create("a", 4L), Assert.Single(cache));
        Assert.Equal(4, cache.Weight);
        cache.CheckIntegrity();
    }

    [Fact]
    public void Each_value_is_weighed_once_and_with_no_lock_held()
    {
        Cache<string, long>? cache = null;
        int asked = 0;
        cache = new Cache<string, long>(new CacheOptions<string, long>
        {
            MaxWeight = 100,
            Weigher = (_, value) =>
            {
                asked++;
                Task<long> other = Task.Run(() => cache!.Weight); // takes the lock
                Assert.True(other.Wait(TimeSpan.FromSeconds(30), TestToken));
                return value;
            },
        });
        cache.Set("a", 1);
        cache.GetOrAdd("b", _ => 2);
        cache.GetOrAdd("b", _ => 3);
        cache.TryUpdate("a", 4, 1);
        cache.Set("c", 5, TimeSpan.FromSeconds(1));
        cache.Remove("c");
        Assert.Equal(4, asked);
        Assert.Equal(6, cache.Weight);
    }

    [Fact]
    public void Weight_goes_down_with_each_way_out()
    {
        using Cache<string, long> cache = Create(100);
        Set(cache, ("a", 1), ("b", 2), ("c", 4), ("d", 8));
        cache.Remove("a");
        Assert.Equal(14, cache.Weight);
        cache.Remove(KeyValuePair.Create("b", 2L));
        Assert.Equal(12, cache.Weight);
        cache.RemoveWhere((_, value) => value == 4);
        Assert.Equal(8, cache.Weight);
        cache.Clear();
        Assert.Equal(0, cache.Weight);
        cache.Set("a", 100);
        Assert.Equal(100, cache.Weight);
        cache.Dispose();
        Assert.Equal(0, cache.Weight);
    }

    [Fact]
    public void Without_a_weigher_each_entry_counts_one()
    {
        using var cache = new Cache<string, long>(10);
        cache.Set("a", 50);
        cache.Set("b", 50, TimeSpan.FromHours(1));
        Assert.Equal(2, cache.Weight);
        Assert.Null(cache.MaxWeight);
    }

    [Fact]
    public void The_largest_weights_do_not_overflow()
    {
        const long Largest = (1L << 62) - 1;
        using Cache<string, long> cache = Create(Largest);
        Set(cache, ("a", Largest), ("a", Largest - 1), ("b", Largest), ("c", 0), ("d", Largest), ("b", Largest), ("c", 0));
        Assert.Equal(Largest, cache.Weight);
        Assert.Equal(["b", "c"], Keys(cache));
        cache.CheckIntegrity();
    }

    // No clock is needed to weigh.
    [Fact]
    public void A_cache_that_only_weighs_never_reads_the_clock()
    {
        using var cache = new Cache<string, long>(new CacheOptions<string, long> { MaxWeight = 10, Weigher = (_, value) => value, TimeProvider = new BrokenClock() });
        cache.Set("a", 4);
        cache.Set("a", 5);
        Assert.Equal(3, cache.GetOrAdd("b", _ => 3));
        Assert.True(cache.TryUpdate("b", 5, 3));
        Assert.True(cache.Remove("a"));
        cache.Resize(5, 5);
        Assert.Single(cache.Hottest(5));
        cache.Clear();
    }

    private static void Set(Cache<string, long> cache, params (string Key, long Value)[] entries) =>
        Array.ForEach(entries, entry => cache.Set(entry.Key, entry.Value));

    private static IEnumerable<string> Keys(Cache<string, long> cache) => cache.Select(entry => entry.Key).Order(StringComparer.Ordinal);

    private Cache<string, long> Create(long maxWeight, int? capacity = null, EvictionPolicy policy = EvictionPolicy.Lru)
    {
        var options = new CacheOptions<string, long>
        {
            Policy = policy,
            MaxWeight = maxWeight,
            Weigher = (_, value) => value,
            OnRemoved = (key, value, cause) => _removed.Add((key, value, cause)),
        };
        if (capacity is { } bound)
        {
            options.Capacity = bound;
        }

        return new Cache<string, long>(options);
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override long GetTimestamp() => throw new NotSupportedException("Nobody needs the time.");
    }
}
