using System.Collections.Concurrent;

namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>A dictionary that evicts nothing: what a lookup in a table costs.</summary>
internal readonly struct ConcurrentDictionaryPeer<TKey>(ConcurrentDictionary<TKey, long> dictionary) : IPeer<TKey>
    where TKey : notnull
{
    public int Count => dictionary.Count;

    public bool TryGet(TKey key, out long value) => dictionary.TryGetValue(key, out value);

    public void Set(TKey key, long value) => dictionary[key] = value;

    public long GetOrAdd(TKey key, LoadCounter loads) => dictionary.GetOrAdd(key, static (_, loads) => loads.Next(), loads);
}
