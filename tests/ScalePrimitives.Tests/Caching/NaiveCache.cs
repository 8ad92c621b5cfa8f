using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// The textbook policies as one writes them down first: a list in order of arrival or use, searched from end to end. The
/// model that the exact policies are compared with.
/// </summary>
internal sealed class NaiveCache(int capacity, EvictionPolicy policy)
{
    // Oldest first: by use for Lru and Lfu, by arrival for Fifo.
    private readonly List<(int Key, int Value, int Uses)> _entries = [];

    public List<(int Key, int Value, RemovalCause Cause)> Removed { get; } = [];

    public IEnumerable<(int Key, int Value)> Content => _entries.Select(entry => (entry.Key, entry.Value));

    public bool Peek(int key, out int value)
    {
        int index = _entries.FindIndex(entry => entry.Key == key);
        value = index < 0 ? 0 : _entries[index].Value;
        return index >= 0;
    }

    public bool TryGet(int key, out int value)
    {
        if (!Peek(key, out value))
        {
            return false;
        }

        Use(key, value);
        return true;
    }

    public int GetOrAdd(int key, int loaded)
    {
        if (TryGet(key, out int value))
        {
            return value;
        }

        Set(key, loaded);
        return loaded;
    }

    public void Set(int key, int value)
    {
        if (Peek(key, out int old))
        {
            Use(key, value);
            Removed.Add((key, old, RemovalCause.Replaced));
            return;
        }

        if (_entries.Count == capacity)
        {
            // MinBy takes the first of equals, which is the least recently used.
            (int victim, int victimValue, _) = policy == EvictionPolicy.Lfu ? _entries.MinBy(entry => entry.Uses) : _entries[0];
            Take(victim);
            Removed.Add((victim, victimValue, RemovalCause.Evicted));
        }

        _entries.Add((key, value, 1));
    }

    public bool Remove(int key)
    {
        if (!Peek(key, out int value))
        {
            return false;
        }

        Take(key);
        Removed.Add((key, value, RemovalCause.Removed));
        return true;
    }

    public void Clear()
    {
        Removed.AddRange(_entries.Select(entry => (entry.Key, entry.Value, RemovalCause.Removed)));
        _entries.Clear();
    }

    private void Use(int key, int value)
    {
        int index = _entries.FindIndex(entry => entry.Key == key);
        var used = (key, value, _entries[index].Uses + 1);
        if (policy == EvictionPolicy.Fifo)
        {
            _entries[index] = used;
        }
        else
        {
            _entries.RemoveAt(index);
            _entries.Add(used);
        }
    }

    private void Take(int key) => _entries.RemoveAll(entry => entry.Key == key);
}
