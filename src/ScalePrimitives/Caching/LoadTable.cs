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
    public TLoad? Joinable(TKey key) => Latest(key) is { IsSuperseded: false, HasEnded: false } load ? load : null;

    public void Start(TLoad load)
    {
        TLoad? earlier = Latest(load.Key);
        _latest[load.Key] = load;
        load.Earlier = earlier;
        earlier?.Later = load;
    }

    /// <summary>Forgets a load that has ended, in O(1); one that is unknown changes nothing.</summary>
    public void End(TLoad load)
    {
        load.HasEnded = true;
        if (load.Later is { } later)
        {
            later.Earlier = load.Earlier;
            load.Earlier?.Later = later;
        }
        else if (ReferenceEquals(Latest(load.Key), load))
        {
            if (load.Earlier is TLoad earlier)
            {
                _latest[load.Key] = earlier;
                earlier.Later = null;
            }
            else
            {
                _latest.Remove(load.Key);
            }
        }

        load.Earlier = load.Later = null;
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
