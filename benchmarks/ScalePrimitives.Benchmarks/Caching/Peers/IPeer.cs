namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>What the contenders ask of a cache. Implemented by structs, so that each contender's loop is compiled for its cache alone.</summary>
internal interface IPeer<in TKey>
{
    int Count { get; }

    bool TryGet(TKey key, out long value);

    void Set(TKey key, long value);

    long GetOrAdd(TKey key, LoadCounter loads);
}
