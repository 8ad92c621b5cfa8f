using Microsoft.Extensions.Caching.Memory;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>The framework's; a size limit counts each entry as 1. It does not share loads.</summary>
internal readonly struct MemoryCachePeer<TKey>(MemoryCache cache) : IPeer<TKey>
    where TKey : notnull
{
    private readonly MemoryCacheEntryOptions _one = new() { Size = 1 };

    public int Count => cache.Count;

    public bool TryGet(TKey key, out long value) => cache.TryGetValue(key, out value);

    public void Set(TKey key, long value) => cache.Set(key, value, _one);

    public long GetOrAdd(TKey key, LoadCounter loads) =>
        cache.TryGetValue(key, out long value) ? value : cache.Set(key, loads.Next(), _one);
}
