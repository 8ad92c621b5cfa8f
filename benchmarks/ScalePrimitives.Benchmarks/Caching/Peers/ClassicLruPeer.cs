using BitFaster.Caching.Lru;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>BitFaster's exact LRU.</summary>
internal readonly struct ClassicLruPeer<TKey>(ClassicLru<TKey, long> lru) : IPeer<TKey>
    where TKey : notnull
{
    public int Count => lru.Count;

    public bool TryGet(TKey key, out long value) => lru.TryGet(key, out value);

    public void Set(TKey key, long value) => lru.AddOrUpdate(key, value);

    public long GetOrAdd(TKey key, LoadCounter loads) => lru.GetOrAdd(key, static (_, loads) => loads.Next(), loads);
}
