namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>A dictionary behind one lock, with no bound: the simplest that is right.</summary>
internal readonly struct LockedDictionaryPeer<TKey>(Dictionary<TKey, long> dictionary) : IPeer<TKey>
    where TKey : notnull
{
    private readonly Lock _gate = new();

    public int Count => dictionary.Count;

    public bool TryGet(TKey key, out long value)
    {
        lock (_gate)
        {
            return dictionary.TryGetValue(key, out value);
        }
    }

    public void Set(TKey key, long value)
    {
        lock (_gate)
        {
            dictionary[key] = value;
        }
    }

    public long GetOrAdd(TKey key, LoadCounter loads)
    {
        lock (_gate)
        {
            if (!dictionary.TryGetValue(key, out long value))
            {
                dictionary.Add(key, value = loads.Next());
            }

            return value;
        }
    }
}
