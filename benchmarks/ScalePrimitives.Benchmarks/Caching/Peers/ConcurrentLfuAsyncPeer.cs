using BitFaster.Caching.Lfu;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>BitFaster's W-TinyLFU, loading asynchronously. It does not share loads.</summary>
internal readonly struct ConcurrentLfuAsyncPeer(ConcurrentLfu<long, long> lfu) : IAsyncPeer
{
    public ValueTask<long> GetOrAddAsync(long key) => lfu.GetOrAddAsync(key, static key => Task.FromResult(key));
}
