using BitFaster.Caching.Lfu;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>BitFaster's W-TinyLFU, which orders its entries on a thread of the pool.</summary>
internal readonly struct ConcurrentLfuPeer<TKey>(ConcurrentLfu<TKey, long> lfu) : IPeer<TKey>
    where TKey : notnull
{
    public int Count => lfu.Count;

    public bool TryGet(TKey key, out long value) => lfu.TryGet(key, out value);

    public void Set(TKey key, long value) => lfu.AddOrUpdate(key, value);

    public long GetOrAdd(TKey key, LoadCounter loads) => lfu.GetOrAdd(key, static (_, loads) => loads.Next(), loads);
}
