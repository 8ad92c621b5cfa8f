using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public sealed class AdaptiveCacheTests : CacheTests
{
    protected override EvictionPolicy Policy => EvictionPolicy.Adaptive;
}

public sealed class LruCacheTests : CacheTests
{
    protected override EvictionPolicy Policy => EvictionPolicy.Lru;
}

public sealed class LfuCacheTests : CacheTests
{
    protected override EvictionPolicy Policy => EvictionPolicy.Lfu;
}

public sealed class FifoCacheTests : CacheTests
{
    protected override EvictionPolicy Policy => EvictionPolicy.Fifo;
}

/// <summary>The contract, and what <see cref="Cache{TKey, TValue}"/> promises beyond it whatever the policy.</summary>
public abstract class CacheTests : CacheContractTests
{
    protected abstract EvictionPolicy Policy { get; }

    protected override ICache<string, string?> Create(int capacity = 100) => new Cache<string, string?>(capacity, Policy);

    protected override long MissesOf(ICache<string, string?> cache) => ((Cache<string, string?>)cache).Statistics.Misses;

    protected override void CheckIntegrity(ICache<string, string?> cache) => ((Cache<string, string?>)cache).CheckIntegrity();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(1000)]
    public void Count_reaches_the_capacity_and_stays_there(int capacity)
    {
        using var cache = new Cache<int, int>(capacity, Policy);
        Assert.Equal(capacity, cache.Capacity);
        Assert.Equal(Policy, cache.Policy);
        for (int key = 0; key < (3 * capacity) + 5; key++)
        {
            cache.Set(key, key);
            cache.GetOrAdd(key / 2, static key => key);
            Assert.InRange(cache.Count, Math.Min(key / 2, capacity), capacity);
        }

        Assert.Equal(capacity, cache.Count);
        cache.CheckIntegrity();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void A_full_cache_refills_after_removals_and_clear(int capacity)
    {
        using var cache = new Cache<int, int>(capacity, Policy);
        for (int round = 0; round < 20; round++)
        {
            for (int key = 0; key < 2 * capacity; key++)
            {
                cache.Set(key + round, round);
            }

            Assert.Equal(capacity, cache.Count);
            foreach ((int key, _) in cache.Take(round % capacity))
            {
                Assert.True(cache.Remove(key));
            }

            cache.CheckIntegrity();
            if (round % 5 == 4)
            {
                cache.Clear();
                Assert.Equal(0, cache.Count);
                cache.CheckIntegrity();
            }
        }
    }

    [Fact]
    public void Remove_returns_the_value()
    {
        using var cache = new Cache<string, string?>(10, Policy);
        cache.Set("a", "1");
        Assert.True(cache.Remove("a", out string? value));
        Assert.Equal("1", value);
        Assert.False(cache.Remove("a", out value));
        Assert.Null(value);
    }

    [Fact]
    public void Untracked_reads_find_values_and_count_nothing()
    {
        using var cache = new Cache<string, string?>(new CacheOptions<string, string?> { Capacity = 10, Policy = Policy, RecordStatistics = true });
        cache.Set("a", null);
        Assert.True(cache.Peek("a", out string? value));
        Assert.Null(value);
        Assert.False(cache.Peek("b", out _));
        Assert.True(cache.ContainsKey("a"));
        Assert.False(cache.ContainsKey("b"));
        Assert.Equal(new CacheStatistics { Hits = 0 }, cache.Statistics);
    }

    [Fact]
    public void An_untracked_read_does_not_save_an_entry()
    {
        using var peeked = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 20, Policy = Policy, Seed = 1 });
        using var untouched = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 20, Policy = Policy, Seed = 1 });
        for (int key = 0; key < 200; key++)
        {
            peeked.Set(key, key);
            untouched.Set(key, key);
            peeked.Peek(key - 10, out _);
            Assert.Equal(untouched.ContainsKey(key - 15), peeked.ContainsKey(key - 15));
        }

        Assert.Equal(untouched.ToHashSet(), peeked.ToHashSet());
    }

    [Fact]
    public void Enumeration_is_a_snapshot()
    {
        using var cache = new Cache<string, int>(10, Policy);
        cache.Set("a", 1);
        cache.Set("b", 2);
        using IEnumerator<KeyValuePair<string, int>> entries = cache.GetEnumerator();
        cache.Set("a", 3);
        cache.Remove("b");
        cache.Set("c", 4);

        var seen = new Dictionary<string, int>();
        while (entries.MoveNext())
        {
            seen.Add(entries.Current.Key, entries.Current.Value);
        }

        Assert.Equal(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 }, seen);
        Assert.Equal(2, cache.Count);
    }

    [Fact]
    public void Clear_during_a_load_wins()
    {
        using var cache = new Cache<string, string?>(10, Policy);
        Assert.Equal("loaded", cache.GetOrAdd("a", _ => { cache.Clear(); return "loaded"; }));
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public void The_key_comparer_decides_what_is_equal()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, Policy = Policy, KeyComparer = StringComparer.OrdinalIgnoreCase });
        cache.Set("Key", 1);
        Assert.True(cache.TryGet("KEY", out _));
        cache.Set("key", 2);
        Assert.Equal(KeyValuePair.Create("Key", 2), Assert.Single(cache));
        Assert.Throws<InvalidOperationException>(() => cache.GetOrAdd("other", _ => cache.GetOrAdd("OTHER", _ => 1)));
    }

    [Fact]
    public async Task Disposal_reports_what_was_left_and_refuses_further_use()
    {
        var removed = new List<(string, string?, RemovalCause)>();
        var cache = new Cache<string, string?>(new CacheOptions<string, string?> { Capacity = 10, Policy = Policy, OnRemoved = (key, value, cause) => removed.Add((key, value, cause)) });
        cache.Set("a", "1");
        var gate = new TaskCompletionSource<string?>();
        Task<string?> load = cache.GetOrAddAsync("b", 0, (_, _, _) => new ValueTask<string?>(gate.Task), TestContext.Current.CancellationToken).AsTask();
        cache.Dispose();
        cache.Dispose();
        gate.SetResult("2");

        Assert.Equal("2", await load);
        Assert.Equal([("a", "1", RemovalCause.Removed)], removed);
        Assert.Equal(0, cache.Count);
        Assert.Equal(1, cache.Statistics.Loads);
        Assert.Throws<ObjectDisposedException>(() => cache.TryGet("a", out _));
        Assert.Throws<ObjectDisposedException>(() => cache.Peek("a", out _));
        Assert.Throws<ObjectDisposedException>(() => cache.ContainsKey("a"));
        Assert.Throws<ObjectDisposedException>(() => cache.Set("a", "1"));
        Assert.Throws<ObjectDisposedException>(() => cache.Remove("a"));
        Assert.Throws<ObjectDisposedException>(() => cache.GetOrAdd("a", key => key));
        Assert.Throws<ObjectDisposedException>(() => { _ = cache.GetOrAddAsync("a", 0, (_, _, _) => default, TestContext.Current.CancellationToken).AsTask(); });
        Assert.Throws<ObjectDisposedException>(cache.Clear);
        Assert.Throws<ObjectDisposedException>(() => cache.GetEnumerator());
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        using var cache = new Cache<long, long>(new CacheOptions<long, long> { Capacity = 1000, Policy = Policy, RecordStatistics = true });
        for (long key = 0; key < 1000; key++)
        {
            cache.Set(key, key);
        }

        Hit(cache, 200); // the code is compiled now
        long before = GC.GetAllocatedBytesForCurrentThread();
        long sum = Hit(cache, 20_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Allocations.AssertNone(allocated);
        Assert.True(sum > 0);
        Assert.Equal(0, cache.Statistics.Misses);

        // Uneven, so that an LFU meets frequencies that it has never had.
        static long Hit(Cache<long, long> cache, int count)
        {
            long sum = 0;
            for (int i = 0; i < count; i++)
            {
                long key = i % (1 + (i % 1000));
                sum += cache.TryGet(key, out long value) ? value : -1;
                sum += cache.GetOrAdd(key, 5, static (key, state) => key + state);
                ValueTask<long> task = cache.GetOrAddAsync(key, 5, static (key, state, _) => ValueTask.FromResult(key + state));
                sum += task.Result;
            }

            return sum;
        }
    }
}
