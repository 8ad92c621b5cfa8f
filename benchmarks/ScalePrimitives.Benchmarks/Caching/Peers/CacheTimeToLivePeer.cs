using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>This library's, each value set with its own time to live.</summary>
internal readonly struct CacheTimeToLivePeer(Cache<long, long> cache, TimeSpan timeToLive) : IPeer<long>
{
    public int Count => cache.Count;

    public bool TryGet(long key, out long value) => cache.TryGet(key, out value);

    public void Set(long key, long value) => cache.Set(key, value, timeToLive);

    public long GetOrAdd(long key, LoadCounter loads) => cache.GetOrAdd(key, loads, static (_, loads) => loads.Next());
}
