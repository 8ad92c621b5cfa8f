using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>What users of other caches suffer from, one test a complaint.</summary>
public class CacheUserComplaintsTests
{
    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    // A size that is added up and taken off in different places comes apart when the value changes its weight, when a callback
    // or a weigher throws, or when two ways out meet; once too high it refuses every entry.
    [Theory]
    [MemberData(nameof(Policies))]
    public void A_size_counter_that_drifts_and_drops_sets_for_good(EvictionPolicy policy)
    {
        var time = new ManualTimeProvider();
        var random = new Random(1);
        using var cache = new Cache<int, int[]>(new CacheOptions<int, int[]>
        {
            Policy = policy,
            MaxWeight = 100,
            Weigher = (_, value) => value[0] < 0 ? throw new TimeoutException() : value[0],
            ExpireAfterAccess = TimeSpan.FromSeconds(5),
            OnRemoved = (_, value, _) =>
            {
                value[0] = 1_000_000; // no longer what it weighed when it went in
                if (random.Next(10) == 0)
                {
                    throw new TimeoutException();
                }
            },
            TimeProvider = time,
        });
        for (int i = 0; i < 20_000; i++)
        {
            Try(() => Write(cache, random));
            if (random.Next(50) == 0)
            {
                time.Advance(TimeSpan.FromSeconds(random.Next(4)));
            }
        }

        cache.CheckIntegrity();
        Try(cache.Clear);
        Assert.Equal((0, 0), (cache.Count, cache.Weight));
        for (int key = 0; key < 100; key++)
        {
            cache.Set(key, [1]);
        }

        Assert.Equal((100, 100), (cache.Count, cache.Weight));
        cache.RemoveWhere((_, value) => (value[0] = 1) == 0);
        cache.CheckIntegrity();
        Try(cache.Clear); // or else disposal would throw what the callback throws
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_newest_entry_dropped_silently_at_the_limit(EvictionPolicy policy)
    {
        int reported = 0;
        using var counted = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 100, Policy = policy, OnRemoved = (_, _, _) => reported++ });
        using var weighed = new Cache<int, int>(new CacheOptions<int, int> { MaxWeight = 1000, Weigher = (key, _) => 1 + (key % 10), Policy = policy, OnRemoved = (_, _, _) => reported++ });
        for (int key = 0; key < 10_000; key++)
        {
            counted.Set(key, key);
            Assert.True(counted.TryGet(key, out _), $"{key} was not stored.");
            weighed.Set(key, key);
            Assert.True(weighed.TryGet(key, out _), $"{key} was not stored.");
        }

        Assert.Equal(20_000, counted.Count + weighed.Count + reported);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_compaction_storm_when_over_capacity(EvictionPolicy policy)
    {
        using var cache = new Cache<int, int>(1000, policy);
        for (int key = 0; key < 10_000; key++)
        {
            cache.Set(key, key);
            Assert.Equal(Math.Max(0, key - 999), cache.Statistics.Evictions); // one for one, once it is full
            Assert.Equal(Math.Min(key + 1, 1000), cache.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_compaction_storm_when_over_the_weight(EvictionPolicy policy)
    {
        var evicted = new List<int>();
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Policy = policy, MaxWeight = 1000, Weigher = (_, value) => value, OnRemoved = (_, value, _) => evicted.Add(value) });
        var random = new Random(1);
        for (int key = 0; key < 10_000; key++)
        {
            evicted.Clear();
            int weight = 1 + random.Next(20);
            long needed = cache.Weight + weight - 1000;
            cache.Set(key, weight);

            // Without the last of them there was no room yet.
            Assert.True(needed <= 0 ? evicted.Count == 0 : evicted.Sum() >= needed && evicted.SkipLast(1).Sum() < needed);
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task A_failed_factory_that_leaves_an_entry_behind(EvictionPolicy policy)
    {
        int reported = 0;
        using var cache = new Cache<string, string?>(new CacheOptions<string, string?> { Capacity = 10, Policy = policy, OnRemoved = (_, _, _) => reported++ });
        Assert.Throws<TimeoutException>(() => cache.GetOrAdd("a", _ => throw new TimeoutException()));
        await Assert.ThrowsAsync<TimeoutException>(async () => await cache.GetOrAddAsync<int>("a", 0, (_, _, _) => throw new TimeoutException(), TestToken));
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await cache.GetOrAddAsync<int>("a", 0, (_, _, _) => throw new OperationCanceledException(), TestToken));
        await Assert.ThrowsAsync<TimeoutException>(async () => await cache.GetOrAddManyAsync<int>(["a", "b"], 0, (_, _, _) => throw new TimeoutException(), TestToken));
        Assert.Throws<TimeoutException>(() => cache.AddOrUpdate("a", 0, (_, _) => throw new TimeoutException(), (_, value, _) => value));

        Assert.Equal((0, 0), (cache.Count, reported));
        Assert.Empty(cache);
        Assert.False(cache.ContainsKey("a"));
        cache.CheckIntegrity();
        Assert.Equal("second try", cache.GetOrAdd("a", _ => "second try"));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_clear_that_breaks_a_concurrent_writer(EvictionPolicy policy)
    {
        long stored = 0;
        long reported = 0;
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 100, Policy = policy, OnRemoved = (_, _, _) => Interlocked.Increment(ref reported) });
        Concurrently.Run(3, index =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                if (index == 0)
                {
                    cache.Clear();
                }
                else
                {
                    cache.Set(i % 200, i);
                    cache.GetOrAdd(i % 150, static key => key);
                    Interlocked.Increment(ref stored);
                }
            }
        });
        cache.CheckIntegrity();

        // A load during which all was cleared or its key set stores nothing.
        Assert.InRange(reported + cache.Count, stored, stored + cache.Statistics.Loads);
        cache.Clear();
        cache.Set(1, 1);
        Assert.Equal(1, cache.Count);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Memory_far_above_the_bound_under_load(EvictionPolicy policy)
    {
        const int Writers = 3;
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 50, MaxWeight = 200, Weigher = (_, value) => value % 8, Policy = policy });
        int most = 0;
        long heaviest = 0;
        Concurrently.Run(Writers + 1, index =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                if (index == Writers)
                {
                    most = Math.Max(most, cache.Count);
                    heaviest = Math.Max(heaviest, cache.Weight);
                }
                else
                {
                    cache.Set((index * 100_000) + i, i);
                }
            }
        });
        Assert.InRange(most, 0, 50 + Writers);
        Assert.InRange(heaviest, 0, 200);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void An_entry_that_expires_but_is_returned(EvictionPolicy policy)
    {
        var time = new ManualTimeProvider();
        using var cache = new Cache<int, long>(new CacheOptions<int, long> { Capacity = 100, Policy = policy, TimeProvider = time });
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            int key = random.Next(200);
            if (random.Next(3) == 0)
            {
                // The value is its own deadline.
                TimeSpan timeToLive = TimeSpan.FromTicks(1 + random.Next(1 << random.Next(1, 28)));
                cache.Set(key, time.GetTimestamp() + timeToLive.Ticks, timeToLive);
            }

            time.Advance(TimeSpan.FromTicks(random.Next(1 << random.Next(1, 24))));
            Assert.True(!cache.TryGet(random.Next(200), out long deadline) || deadline > time.GetTimestamp());
            Assert.True(!cache.Peek(key, out deadline) || deadline > time.GetTimestamp());
        }

        Assert.All(cache, entry => Assert.True(entry.Value > time.GetTimestamp()));
        cache.CheckIntegrity();
    }

    // A recency phase, a loop, and the recency phase again. What the phase before left must go, or it takes the place of what is asked for.
    [Theory]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(900)]
    public void A_phase_change_after_which_a_queue_never_drains(int capacity)
    {
        ulong[] trace = CacheTraceTests.Load("mix-sprite-loop-sprite");
        ulong[][] phases = [trace[..133_996], trace[133_996..283_996], trace[283_996..]];
        using var cache = new Cache<ulong, bool>(new CacheOptions<ulong, bool> { Capacity = capacity, RecordStatistics = true, Seed = 1 });
        using var lru = new Cache<ulong, bool>(new CacheOptions<ulong, bool> { Capacity = capacity, RecordStatistics = true, Policy = EvictionPolicy.Lru });
        double[] ratios = [.. phases.Select(phase => SettledHitRatio(cache, phase))];
        double[] recency = [.. phases.Select(phase => SettledHitRatio(lru, phase))];

        Assert.InRange(ratios[2], ratios[0] - 0.02, 1);
        Assert.InRange(ratios.Sum(), recency.Sum(), 3);
        Assert.InRange(cache.Count(entry => entry.Key >> 60 != 0), 0, capacity / 20); // of the loop
        cache.CheckIntegrity();
    }

    // Favourites, a scan that never asks twice, other favourites, a loop larger than the cache, and a third set of favourites.
    [Theory]
    [InlineData(100)]
    [InlineData(1_000)]
    public void A_phase_change_after_which_a_queue_never_drains_composed(int capacity)
    {
        using var cache = new Cache<ulong, bool>(new CacheOptions<ulong, bool> { Capacity = capacity, RecordStatistics = true, Seed = 1 });
        double first = SettledHitRatio(cache, Favourites(1));
        SettledHitRatio(cache, [.. Enumerable.Range(0, 30 * capacity).Select(i => (2UL << 32) + (ulong)i)]);
        double second = SettledHitRatio(cache, Favourites(3));
        SettledHitRatio(cache, [.. Enumerable.Range(0, 30 * capacity).Select(i => (4UL << 32) + (ulong)(i % (2 * capacity)))]);
        double third = SettledHitRatio(cache, Favourites(5));

        Assert.InRange(second, first - 0.04, 1);
        Assert.InRange(third, first - 0.04, 1);
        Assert.InRange(cache.Count(entry => entry.Key >> 32 != 5), 0, capacity / 10);
        cache.CheckIntegrity();

        ulong[] Favourites(ulong phase)
        {
            var random = new Random((int)phase);
            return [.. Enumerable.Range(0, 60 * capacity).Select(_ => (phase << 32) + (ulong)(capacity * Math.Pow(random.NextDouble(), 2)))];
        }
    }

    // That of the second half: a cache may take its time to follow, but must get there.
    private static double SettledHitRatio(Cache<ulong, bool> cache, ulong[] requests)
    {
        int half = requests.Length / 2;
        Ask(requests[..half]);
        long before = cache.Statistics.Hits!.Value;
        Ask(requests[half..]);
        return (double)(cache.Statistics.Hits.Value - before) / (requests.Length - half);

        void Ask(ulong[] keys)
        {
            foreach (ulong key in keys)
            {
                cache.GetOrAdd(key, false, static (_, _) => true);
            }
        }
    }

    private static void Write(Cache<int, int[]> cache, Random random)
    {
        int key = random.Next(100);
        int[] value = [random.Next(-1, 30) * (random.Next(20) == 0 ? 10 : 1)];
        switch (random.Next(8))
        {
            case 0:
                cache.Remove(key);
                break;
            case 1:
                cache.GetOrAdd(key, value, static (_, value) => value);
                break;
            case 2:
                cache.AddOrUpdate(key, value, (_, _) => value);
                break;
            case 3 when key == 0:
                cache.Clear();
                break;
            case 4:
                cache.TryGet(key, out _);
                break;
            case 5:
                cache.Set(key, value, TimeSpan.FromMilliseconds(1 + random.Next(5000)));
                break;
            default:
                cache.Set(key, value);
                break;
        }
    }

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is TimeoutException or AggregateException)
        {
        }
    }
}
