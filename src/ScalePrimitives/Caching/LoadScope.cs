namespace ScalePrimitives.Caching;

/// <summary>
/// Flows with the execution context through a factory and all it calls, so that a request for a key that
/// it is loading is recognised on whatever thread. Holds no value: a timer that the factory starts keeps its context alive.
/// </summary>
internal sealed class LoadScope<TKey>
    where TKey : notnull
{
    private readonly TKey _key; // the first, where there are several
    private readonly HashSet<TKey>? _keys; // null where there is one
    private LoadScope<TKey>? _outer;
    private volatile bool _ended;

    /// <summary>The scope of a factory that loads one key.</summary>
    public LoadScope(TKey key, LoadScope<TKey>? outer) => (_key, _outer) = (key, outer);

    /// <summary>The scope of a factory that loads many keys: one for all, so that looking for a key in it is O(1).</summary>
    public LoadScope(TKey[] keys, IEqualityComparer<TKey> comparer, LoadScope<TKey>? outer)
        : this(keys[0], outer) => _keys = keys.Length == 1 ? null : new HashSet<TKey>(keys, comparer);

    /// <summary>Gets the next scope outwards that still runs.</summary>
    /// <remarks>One between that has ended may have begun inside others that have not: it is skipped, not the rest with it.
    /// It never runs again, so it is unlinked for good, or a chain of loads that each start the next would grow forever;
    /// threads that do so at once write references that all lead to the same scopes.</remarks>
    public LoadScope<TKey>? Outer
    {
        get
        {
            LoadScope<TKey>? running = _outer;
            while (running is { IsRunning: false })
            {
                running = running._outer;
            }

            return _outer = running;
        }
    }

    public bool IsRunning => !_ended;

    /// <summary>Says whether the factory loads a key.</summary>
    public bool Loads(TKey key, IEqualityComparer<TKey> comparer) => _keys is null ? comparer.Equals(_key, key) : _keys.Contains(key);

    public void End() => _ended = true;
}
