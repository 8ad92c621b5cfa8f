using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>This library's.</summary>
internal readonly struct CachePeer<TKey>(Cache<TKey, long> cache) : IPeer<TKey>
    where TKey : notnull
{
    public int Count => cache.Count;

    public bool TryGet(TKey key, out long value) => cache.TryGet(key, out value);

    public void Set(TKey key, long value) => cache.Set(key, value);

    public long GetOrAdd(TKey key, LoadCounter loads) => cache.GetOrAdd(key, loads, static (_, loads) => loads.Next());
}
