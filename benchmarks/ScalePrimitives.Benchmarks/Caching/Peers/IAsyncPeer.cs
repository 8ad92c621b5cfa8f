namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>What the contenders ask of a cache that loads asynchronously; the key is the value.</summary>
internal interface IAsyncPeer
{
    ValueTask<long> GetOrAddAsync(long key);
}
