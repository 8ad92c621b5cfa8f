using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Caches of this library, the same in every run.</summary>
internal static class Ours
{
    public static CachePeer<TKey> New<TKey>(int capacity, EvictionPolicy policy = EvictionPolicy.Adaptive, Action<CacheOptions<TKey, long>>? configure = null)
        where TKey : notnull
    {
        var options = new CacheOptions<TKey, long> { Capacity = capacity, Policy = policy, Seed = 1 };
        configure?.Invoke(options);
        return new CachePeer<TKey>(new Cache<TKey, long>(options));
    }
}
