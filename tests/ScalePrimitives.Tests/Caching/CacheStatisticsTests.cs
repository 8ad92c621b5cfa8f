using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class CacheStatisticsTests
{
    [Fact]
    public async Task Each_request_load_and_eviction_is_counted_once()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 2, Policy = EvictionPolicy.Lru, RecordStatistics = true });
        cache.TryGet("a", out _);                                                             // miss
        cache.GetOrAdd("a", _ => 1);                                                          // miss, load
        cache.GetOrAdd("a", _ => 2);                                                          // hit
        cache.TryGet("a", out _);                                                             // hit
        await cache.GetOrAddAsync("b", 0, (_, _, _) => ValueTask.FromResult(1), TestContext.Current.CancellationToken); // miss, load
        await cache.GetOrAddAsync("b", 0, (_, _, _) => ValueTask.FromResult(1), TestContext.Current.CancellationToken); // hit
        Assert.Throws<TimeoutException>(() => cache.GetOrAdd("c", _ => throw new TimeoutException())); // miss, load failure
        cache.Set("c", 1);                                                                    // eviction
        cache.Remove("c");

        CacheStatistics statistics = cache.Statistics;
        Assert.Equal(new CacheStatistics { Hits = 3, Misses = 4, Loads = 3, LoadFailures = 1, Evictions = 1 }, statistics);
        Assert.Equal(3.0 / 7, statistics.HitRatio);
    }

    [Fact]
    public void Without_recording_hits_are_absent_rather_than_zero()
    {
        using var cache = new Cache<string, int>(1);
        cache.GetOrAdd("a", _ => 1);
        cache.GetOrAdd("a", _ => 1);
        cache.Set("b", 1);

        Assert.Equal(new CacheStatistics { Hits = null, Misses = 1, Loads = 1, Evictions = 1 }, cache.Statistics);
        Assert.Null(cache.Statistics.HitRatio);
    }

    [Fact]
    public async Task Each_key_of_a_bulk_load_is_a_request_and_a_load()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, RecordStatistics = true });
        cache.Set("a", 1);
        await cache.GetOrAddManyAsync(
            ["a", "b", "c", "b"], 0, (_, _, _) => ValueTask.FromResult<IReadOnlyDictionary<string, int>>(new Dictionary<string, int> { ["b"] = 2 }), TestContext.Current.CancellationToken);
        Assert.Equal(new CacheStatistics { Hits = 1, Misses = 2, Loads = 2 }, cache.Statistics);
    }

    [Fact]
    public void Updates_and_looks_at_the_whole_are_no_requests()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, RecordStatistics = true });
        cache.AddOrUpdate("a", 1, (_, value) => value + 1);
        cache.AddOrUpdate("a", 1, (_, value) => value + 1);
        cache.TryUpdate("a", 3, 2);
        cache.TryUpdate("b", 3, 2);
        cache.Remove("b");
        cache.RemoveWhere((_, value) => value > 5);
        cache.Hottest(1);
        Assert.Single(cache);
        Assert.Equal(new CacheStatistics { Hits = 0 }, cache.Statistics);
    }

    [Fact]
    public void Only_what_had_to_make_room_was_evicted()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 3, MaxWeight = 10, Weigher = (_, value) => value, RecordStatistics = true });
        cache.Set("a", 1);
        cache.Set("a", 2);           // replaced
        cache.Set("b", 11);          // overweight
        cache.Remove("a");           // removed
        Assert.Equal(0, cache.Statistics.Evictions);
        cache.Set("c", 3);
        cache.Set("d", 3);
        cache.Set("e", 3);
        cache.Resize(1, 10);
        Assert.Equal(2, cache.Statistics.Evictions);
        cache.Clear();
        Assert.Equal(2, cache.Statistics.Evictions);
    }

    [Fact]
    public void A_cache_that_was_never_asked_has_no_hit_ratio() => Assert.Null(new CacheStatistics { Hits = 0 }.HitRatio);
}
