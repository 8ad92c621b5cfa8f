namespace ScalePrimitives.Caching;

/// <summary>
/// The loads that run now: for each key at most one that callers may join, and before it those that a write has
/// superseded, which stay known until they end, because their factories still must not wait for their own key. Not
/// thread-safe: the cache's lock guards it.
/// </summary>
internal sealed class LoadTable<TKey, TLoad>(IEqualityComparer<TKey> comparer)
    where TKey : notnull
    where TLoad : Load<TKey>
{
    private readonly Dictionary<TKey, TLoad> _latest = new(comparer);

    public int Count => _latest.Count;

    /// <summary>Returns the latest load of the key, whose <see cref="Load{TKey}.Earlier"/> leads to the others.</summary>
    public TLoad? Latest(TKey key) => _latest.Count == 0 ? null : _latest.GetValueOrDefault(key);

    /// <summary>Returns the load of the key that a caller may join.</summary>
    public TLoad? Joinable(TKey key) => Latest(key) is { IsSuperseded: false } load ? load : null;

    public void Start(TLoad load)
    {
        load.Earlier = Latest(load.Key);
        _latest[load.Key] = load;
    }

    /// <summary>Forgets a load that has ended; one that is unknown changes nothing.</summary>
    public void End(TLoad load)
    {
        Load<TKey>? later = Latest(load.Key);
        if (ReferenceEquals(later, load))
        {
            if (load.Earlier is TLoad earlier)
            {
                _latest[load.Key] = earlier;
            }
            else
            {
                _latest.Remove(load.Key);
            }

            return;
        }

        while (later is not null && !ReferenceEquals(later.Earlier, load))
        {
            later = later.Earlier;
        }

        later?.Earlier = load.Earlier;
    }

    /// <summary>Lets a write to the key win over the load that runs.</summary>
    public void Supersede(TKey key)
    {
        if (Latest(key) is { } load)
        {
            load.IsSuperseded = true;
        }
    }

    /// <summary>Lets a removal of everything win over every load that runs.</summary>
    public void SupersedeAll()
    {
        foreach (TLoad load in _latest.Values)
        {
            load.IsSuperseded = true;
        }
    }
}
