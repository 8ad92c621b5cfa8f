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
    public void A_cache_that_was_never_asked_has_no_hit_ratio() => Assert.Null(new CacheStatistics { Hits = 0 }.HitRatio);
}
