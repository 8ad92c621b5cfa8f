using System.Collections.Concurrent;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>A dictionary whose every lookup reads the clock too: the least that finding a value and knowing that it has not expired costs.</summary>
internal readonly struct ClockedDictionaryPeer(ConcurrentDictionary<long, long> dictionary) : IPeer<long>
{
    public int Count => dictionary.Count;

    public bool TryGet(long key, out long value) => dictionary.TryGetValue(key, out value) & TimeProvider.System.GetTimestamp() > 0;

    public void Set(long key, long value) => dictionary[key] = value;

    public long GetOrAdd(long key, LoadCounter loads) => dictionary.GetOrAdd(key, static (_, loads) => loads.Next(), loads);
}
