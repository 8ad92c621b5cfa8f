using BitFaster.Caching.Lru;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>BitFaster's fastest, loading asynchronously. It does not share loads.</summary>
internal readonly struct FastConcurrentLruAsyncPeer(FastConcurrentLru<long, long> lru) : IAsyncPeer
{
    public ValueTask<long> GetOrAddAsync(long key) => lru.GetOrAddAsync(key, static key => Task.FromResult(key));
}
