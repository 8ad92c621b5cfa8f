using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Expiry on a clock that moves when told to.</summary>
public class CacheExpiryTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // An expired value may lie this long before the cache comes to it.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly List<(string Key, int Value, RemovalCause Cause)> _removed = [];

    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Policies))]
    public void After_a_write_a_value_is_there_until_its_deadline_and_not_at_it(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(options => (options.Policy, options.ExpireAfterWrite) = (policy, Minute));
        cache.Set("a", 1);
        _time.Advance(Minute - Tick);
        Assert.True(cache.TryGet("a", out int value)); // which does not put it off
        Assert.Equal(1, value);
        _time.Advance(Tick);
        Assert.False(cache.TryGet("a", out value));
        Assert.Equal(0, value);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_new_value_lives_its_own_time()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute);
        cache.Set("a", 1);
        _time.Advance(Minute / 2);
        cache.Set("a", 2);
        _time.Advance(Minute - Tick);
        Assert.True(cache.TryGet("a", out _));
        _time.Advance(Tick);
        Assert.False(cache.TryGet("a", out _));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void After_access_each_tracked_use_puts_the_deadline_off(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(options => (options.Policy, options.ExpireAfterAccess) = (policy, Minute));
        cache.Set("a", 1);
        Action[] uses = [() => cache.TryGet("a", out _), () => cache.GetOrAdd("a", _ => 7), () => cache.Set("a", 1), () => cache.TryUpdate("a", 1, 1), () => cache.AddOrUpdate("a", 7, (_, value) => value)];
        foreach (Action use in uses)
        {
            _time.Advance(Minute - Tick);
            use();
            Assert.True(cache.Peek("a", out int value));
            Assert.Equal(1, value);
            cache.CheckIntegrity();
        }

        _time.Advance(Minute);
        Assert.False(cache.TryGet("a", out _));
    }

    [Fact]
    public void After_access_an_untracked_look_puts_nothing_off()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterAccess = Minute);
        cache.Set("a", 1);
        _time.Advance(Minute - Tick);
        Assert.True(cache.Peek("a", out _));
        Assert.True(cache.ContainsKey("a"));
        Assert.Single(cache);
        Assert.Single(cache.Hottest(5));
        Assert.False(cache.TryUpdate("a", 2, 3));
        Assert.Equal(0, cache.RemoveWhere((_, _) => false));
        _time.Advance(Tick);
        Assert.False(cache.TryGet("a", out _));
    }

    [Fact]
    public void After_access_an_entry_that_the_wheel_finds_due_but_read_stays()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterAccess = Minute);
        cache.Set("a", 1);
        cache.Set("b", 2);
        _time.Advance(Minute / 2);
        cache.TryGet("a", out _);
        _time.Advance((Minute / 2) + Lateness);
        Assert.Equal(1, cache.RemoveExpired());
        Assert.Equal([("b", 2, RemovalCause.Expired)], _removed);
        Assert.True(cache.ContainsKey("a"));
        cache.CheckIntegrity();
        _time.Advance(Minute);
        Assert.Equal(1, cache.RemoveExpired());
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Each_entry_may_have_a_time_of_its_own()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfter = (key, value) => key == "b" ? Minute * value : Minute);
        cache.Set("a", 1);
        cache.Set("b", 5);
        _time.Advance(Minute);
        Assert.False(cache.TryGet("a", out _));
        _time.Advance((Minute * 4) - Tick);
        Assert.True(cache.TryGet("b", out _));
        _time.Advance(Tick);
        Assert.False(cache.TryGet("b", out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(long.MinValue)]
    public async Task A_time_of_its_own_of_zero_or_less_is_over_at_once(long ticks)
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfter = (_, _) => TimeSpan.FromTicks(ticks));
        cache.Set("a", 1);
        Assert.False(cache.TryGet("a", out _));
        Assert.Equal(2, cache.GetOrAdd("a", _ => 2));
        Assert.Equal(3, await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(3), TestToken));
        Assert.Empty(cache);
        _time.Advance(Lateness);
        cache.RemoveExpired();
        Assert.Equal([("a", 1, RemovalCause.Expired), ("a", 2, RemovalCause.Expired), ("a", 3, RemovalCause.Expired)], _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void Endless_times_never_end()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfter = (key, _) => key == "a" ? TimeSpan.MaxValue : Timeout.InfiniteTimeSpan);
        cache.Set("a", 1);
        cache.Set("b", 2);
        cache.Set("c", 3, TimeSpan.MaxValue);
        _time.Advance(TimeSpan.FromDays(365 * 1000));
        Assert.Equal(0, cache.RemoveExpired());
        Assert.Equal(3, cache.Count(entry => entry.Value > 0));
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_time_so_long_that_no_timestamp_can_tell_its_end_never_ends()
    {
        _time.Advance(TimeSpan.FromDays(1));
        using Cache<string, int> cache = Create(options => options.ExpireAfterAccess = TimeSpan.MaxValue - Tick);
        cache.Set("a", 1);
        cache.Set("b", 2, TimeSpan.MaxValue - Tick);
        _time.Advance(TimeSpan.FromDays(365 * 1000));
        Assert.True(cache.TryGet("a", out _));
        Assert.True(cache.TryGet("b", out _));
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Any_cache_takes_a_value_with_a_time_to_live(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(options => options.Policy = policy);
        cache.Set("plain", 1);
        cache.Set("timed", 2, Minute);
        cache.Set("later plain", 3, Minute);
        cache.Set("later plain", 4); // no longer timed
        cache.Set("later timed", 5);
        cache.Set("later timed", 6, Minute);
        cache.CheckIntegrity();
        _time.Advance(Minute - Tick);
        Assert.Equal([1, 2, 4, 6], Values(cache));
        _time.Advance(Tick);
        Assert.Equal([1, 4], Values(cache));
        Assert.False(cache.TryGet("timed", out _));
        Assert.False(cache.TryGet("later timed", out _));
        Assert.True(cache.TryGet("later plain", out _));
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_time_to_live_stands_in_the_place_of_the_rules_after_a_write_and_beside_that_after_access()
    {
        bool asked = false;
        using Cache<string, int> cache = Create(options =>
        {
            options.ExpireAfterWrite = Minute;
            options.ExpireAfterAccess = Minute * 10;
            options.ExpireAfter = (_, _) =>
            {
                asked = true;
                return Minute / 2;
            };
        });
        cache.Set("shorter", 1, Minute / 4);
        cache.Set("longer", 2, Minute * 5);
        cache.Set("longest", 3, TimeSpan.MaxValue);
        Assert.False(asked);
        _time.Advance(Minute / 4);
        Assert.Equal([2, 3], Values(cache));
        _time.Advance((Minute * 5) - (Minute / 4) - Tick);
        Assert.Equal([2, 3], Values(cache));
        _time.Advance(Tick);
        Assert.Equal([3], Values(cache));
        _time.Advance(Minute * 5);
        Assert.Empty(Values(cache)); // ten minutes after the write, which was its last use
    }

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(3, 1, 2)]
    [InlineData(2, 3, 1)]
    public void Of_several_rules_the_earliest_ends_a_value(int afterWrite, int afterAccess, int own)
    {
        using Cache<string, int> cache = Create(options =>
            (options.ExpireAfterWrite, options.ExpireAfterAccess, options.ExpireAfter) = (Minute * afterWrite, Minute * afterAccess, (_, _) => Minute * own));
        cache.Set("a", 1);
        _time.Advance(Minute - Tick);
        Assert.True(cache.ContainsKey("a"));
        _time.Advance(Tick);
        Assert.False(cache.ContainsKey("a"));
    }

    [Fact]
    public void Reads_do_not_carry_a_value_past_the_rules_of_its_write()
    {
        using Cache<string, int> cache = Create(options => (options.ExpireAfterWrite, options.ExpireAfterAccess) = (Minute, Minute / 2));
        cache.Set("a", 1);
        for (int i = 0; i < 3; i++)
        {
            _time.Advance(Minute / 4);
            Assert.True(cache.TryGet("a", out _));
        }

        _time.Advance(Minute / 4);
        Assert.False(cache.TryGet("a", out _));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task An_expired_value_is_found_by_nothing(EvictionPolicy policy)
    {
        // Each look meets a cache in which nothing has come to the value before.
        await Look(cache => Assert.False(cache.TryGet("a", out _)));
        await Look(cache => Assert.False(cache.Peek("a", out _)));
        await Look(cache => Assert.False(cache.ContainsKey("a")));
        await Look(cache => Assert.False(cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGet("a", out _)));
        await Look(cache => Assert.False(cache.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey("a")));
        await Look(cache => Assert.Equal(2, cache.GetOrAdd("a", _ => 2)));
        await Look(cache => Assert.Equal(2, cache.GetAlternateLookup<ReadOnlySpan<char>>().GetOrAdd("a", 2, (_, state) => state)));
        await Look(Assert.Empty);
        await Look(cache => Assert.Empty(cache.Hottest(5)));
        await Look(cache => Assert.Empty(cache.Coldest(5)));
        await Look(cache => Assert.False(cache.TryUpdate("a", 2, 1)));
        await Look(cache => Assert.Equal(2, cache.AddOrUpdate("a", 2, (_, _) => 3)));
        await Look(cache => Assert.False(cache.Remove("a")));
        await Look(cache => Assert.False(cache.Remove("a", out _)));
        await Look(cache => Assert.False(cache.Remove(KeyValuePair.Create("a", 1))));
        await Look(cache => Assert.Equal(0, cache.RemoveWhere((_, _) => true)));
        await LookAsync(async cache => Assert.Equal(2, await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(2), TestToken)));
        await LookAsync(async cache => Assert.Equal(2, (await cache.GetOrAddManyAsync(
            ["a"], 0, (_, _, _) => ValueTask.FromResult<IReadOnlyDictionary<string, int>>(new Dictionary<string, int> { ["a"] = 2 }), TestToken))["a"]));

        Task Look(Action<Cache<string, int>> look) => LookAsync(cache =>
        {
            look(cache);
            return Task.CompletedTask;
        });

        async Task LookAsync(Func<Cache<string, int>, Task> look)
        {
            foreach (TimeSpan late in (TimeSpan[])[TimeSpan.Zero, Lateness, Minute * 1000])
            {
                _removed.Clear();
                using Cache<string, int> cache = Create(options => (options.Policy, options.ExpireAfterWrite) = (policy, Minute));
                cache.Set("a", 1);
                _time.Advance(Minute + late);
                await look(cache);
                _time.Advance(Lateness);
                cache.RemoveExpired();
                Assert.Equal([("a", 1, RemovalCause.Expired)], _removed); // once, and as what it was
                cache.CheckIntegrity();
            }
        }
    }

    [Fact]
    public void An_expired_value_that_is_set_anew_is_reported_as_expired_and_not_as_replaced()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute);
        cache.Set("a", 1);
        _time.Advance(Minute);
        cache.Set("a", 2);
        Assert.Equal([("a", 1, RemovalCause.Expired)], _removed);
        Assert.Equal(0, cache.Statistics.Evictions);
    }

    [Fact]
    public void An_expired_value_is_a_miss()
    {
        using Cache<string, int> cache = Create(options => (options.ExpireAfterWrite, options.RecordStatistics) = (Minute, true));
        cache.Set("a", 1);
        cache.TryGet("a", out _);
        _time.Advance(Minute);
        cache.TryGet("a", out _);
        cache.GetOrAdd("a", _ => 2);
        Assert.Equal(new CacheStatistics { Hits = 1, Misses = 2, Loads = 1 }, cache.Statistics);
    }

    [Fact]
    public void Expired_values_take_their_place_until_the_cache_comes_to_them()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute);
        cache.Set("a", 1);
        cache.Set("b", 2);
        _time.Advance(Minute + Lateness);
        Assert.Equal(2, cache.Count);
        Assert.False(cache.ContainsKey("a"));
        Assert.Equal(2, cache.Count);
        Assert.Equal(2, cache.RemoveExpired());
        Assert.Equal(0, cache.Count);
        Assert.Equal(0, cache.RemoveExpired());
        Assert.Equal(2, _removed.Count);
    }

    [Fact]
    public void A_read_that_finds_an_expired_value_and_a_write_take_expired_values_out()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute);
        cache.Set("a", 1);
        cache.Set("b", 2);
        _time.Advance(Minute + Lateness);
        cache.TryGet("a", out _);
        Assert.Equal(0, cache.Count);
        cache.Set("a", 1);
        _time.Advance(Minute + Lateness);
        cache.Set("c", 3);
        Assert.Equal([3], Values(cache));
        Assert.Equal(1, cache.Count);
        Assert.All(_removed, removal => Assert.Equal(RemovalCause.Expired, removal.Cause));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Expired_values_make_room_before_any_other_has_to_go(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(options => (options.Policy, options.Capacity) = (policy, 3));
        cache.Set("oldest", 1);
        cache.Set("timed", 2, Minute);
        cache.Set("newest", 3);
        _time.Advance(Minute + Lateness);
        cache.Set("new", 4);
        Assert.Equal([("timed", 2, RemovalCause.Expired)], _removed);
        Assert.Equal([1, 3, 4], Values(cache));
        cache.CheckIntegrity();
    }

    [Fact]
    public void One_write_takes_out_a_bounded_number_of_expired_values()
    {
        using Cache<string, int> cache = Create(options => (options.Capacity, options.ExpireAfterWrite) = (100_000, Minute));
        for (int i = 0; i < 10_000; i++)
        {
            cache.Set($"{i}", i);
        }

        _time.Advance(Minute * 2);
        int writes = 0;
        while (_removed.Count < 10_000)
        {
            int before = _removed.Count;
            cache.Set("new", writes++);
            Assert.InRange(_removed.Count - before, 0, 100); // one of them is the value replaced
            Assert.InRange(writes, 1, 1000);
        }

        cache.CheckIntegrity();
    }

    [Fact]
    public void The_wall_clock_does_not_matter()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute);
        cache.Set("a", 1);
        _time.StepWall(TimeSpan.FromDays(400));
        Assert.True(cache.TryGet("a", out _));
        _time.Advance(Minute - Tick);
        _time.StepWall(TimeSpan.FromDays(-4000));
        Assert.True(cache.TryGet("a", out _));
        _time.Advance(Tick);
        Assert.False(cache.TryGet("a", out _));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(1_000, 0)]
    [InlineData(24_000_000, 0)]
    [InlineData(1_000_000_000, 0)]
    [InlineData(long.MaxValue / 100, 0)]
    [InlineData(1_000, -5_000_000)]
    [InlineData(1_000_000_000, long.MinValue)]
    public void Any_clock_will_do(long frequency, long start)
    {
        var clock = new Counter(frequency) { Now = start };
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, TimeProvider = clock, ExpireAfter = (_, value) => TimeSpan.FromTicks(value), ExpireAfterAccess = TimeSpan.FromSeconds(20) });
        cache.Set("tick", 1);
        cache.Set("second", (int)TimeSpan.TicksPerSecond);
        cache.Set("access", int.MaxValue);
        cache.CheckIntegrity();
        using var endless = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, TimeProvider = clock, RefreshAfterWrite = TimeSpan.FromSeconds(1) });
        endless.Set("a", 1);
        long tick = (frequency + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond; // rounded up: nothing expires early
        clock.Now = start + tick - 1;
        Assert.True(cache.ContainsKey("tick"));
        clock.Now = start + tick;
        Assert.False(cache.ContainsKey("tick"));
        clock.Now = start + frequency - 1;
        Assert.True(cache.ContainsKey("second"));
        clock.Now = start + frequency;
        Assert.False(cache.TryGet("second", out _));
        Assert.True(cache.TryGet("access", out _));
        clock.Now = start + (21 * frequency) - 1;
        Assert.True(cache.ContainsKey("access"));
        clock.Now = start + (21 * frequency);
        Assert.False(cache.TryGet("access", out _));
        clock.Now += 1 + (frequency / 500);
        cache.RemoveExpired();
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();
        clock.Now = long.MaxValue - 1;
        Assert.True(endless.ContainsKey("a"));
    }

    [Fact]
    public void Without_expiry_the_clock_is_never_read()
    {
        var clock = new Counter(1_000);
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 2, TimeProvider = clock });
        for (int i = 0; i < 10; i++)
        {
            cache.Set($"{i}", i);
            cache.GetOrAdd($"{i + 5}", _ => 1);
            cache.TryGet($"{i}", out _);
            cache.Remove($"{i - 1}");
        }

        Assert.Equal(0, clock.Reads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_time_to_live_that_is_not_above_zero_is_refused_and_changes_nothing(long ticks)
    {
        using Cache<string, int> cache = Create(_ => { });
        cache.Set("a", 1);
        ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>("timeToLive", () => cache.Set("a", 2, TimeSpan.FromTicks(ticks)));
        Assert.Contains("must be from", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("key", () => cache.Set(null!, 2, Minute));
        Assert.Equal([1], Values(cache));
        Assert.Empty(_removed);
    }

    [Fact]
    public void A_rule_that_throws_leaves_all_as_it_was()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfter = (_, value) => value == 2 ? throw new TimeoutException() : Minute);
        cache.Set("a", 1);
        Assert.Throws<TimeoutException>(() => cache.Set("a", 2));
        Assert.Throws<TimeoutException>(() => cache.GetOrAdd("b", _ => 2));
        Assert.Equal([1], Values(cache));
        Assert.Empty(_removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_value_that_takes_long_to_load_lives_from_the_end_of_its_load()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute);
        cache.GetOrAdd("a", _ =>
        {
            _time.Advance(Minute * 5);
            return 1;
        });
        _time.Advance(Minute - Tick);
        Assert.True(cache.TryGet("a", out _));
    }

    private static IEnumerable<int> Values(Cache<string, int> cache) => cache.Select(entry => entry.Value).Order();

    private Cache<string, int> Create(Action<CacheOptions<string, int>> configure)
    {
        var options = new CacheOptions<string, int> { Capacity = 10, TimeProvider = _time, OnRemoved = (key, value, cause) => _removed.Add((key, value, cause)) };
        configure(options);
        return new Cache<string, int>(options);
    }

    private sealed class Counter(long frequency) : TimeProvider
    {
        public long Now { get; set; }

        public int Reads { get; private set; }

        public override long TimestampFrequency => frequency;

        public override long GetTimestamp()
        {
            Reads++;
            return Now;
        }
    }
}
