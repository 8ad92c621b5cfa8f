using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>This library's, loading asynchronously.</summary>
internal readonly struct CacheAsyncPeer(Cache<long, long> cache) : IAsyncPeer
{
    public ValueTask<long> GetOrAddAsync(long key) => cache.GetOrAddAsync(key, 0, static (key, _, _) => ValueTask.FromResult(key));
}
