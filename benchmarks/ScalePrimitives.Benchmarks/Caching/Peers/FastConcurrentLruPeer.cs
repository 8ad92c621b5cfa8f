using BitFaster.Caching.Lru;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>BitFaster's fastest: a pseudo LRU without statistics.</summary>
internal readonly struct FastConcurrentLruPeer<TKey>(FastConcurrentLru<TKey, long> lru) : IPeer<TKey>
    where TKey : notnull
{
    public int Count => lru.Count;

    public bool TryGet(TKey key, out long value) => lru.TryGet(key, out value);

    public void Set(TKey key, long value) => lru.AddOrUpdate(key, value);

    public long GetOrAdd(TKey key, LoadCounter loads) => lru.GetOrAdd(key, static (_, loads) => loads.Next(), loads);
}
