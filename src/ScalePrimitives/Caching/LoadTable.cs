namespace ScalePrimitives.Caching;

/// <summary>
/// The loads that run now: for each key at most one that is not superseded, and before it those that are, which stay known
/// until they end, because their factories still must not ask for their own key. Starting and ending a load is O(1), and
/// ending it never calls the key's comparer. Not thread-safe: the cache's lock guards it.
/// </summary>
internal sealed class LoadTable<TKey, TLoad>(IEqualityComparer<TKey> comparer)
    where TKey : notnull
    where TLoad : Load<TKey>
{
    private const int MinBuckets = 16;

    private Load<TKey>?[] _latest = new Load<TKey>?[MinBuckets]; // of each bucket; Earlier leads to the others

    public int Count { get; private set; }

    /// <summary>Returns the latest load of the key; those before it are superseded.</summary>
    public TLoad? Latest(TKey key, uint hash) => Count == 0 ? null : (TLoad?)Of(BucketOf(hash), key, hash);

    /// <summary>Returns the load of the key that a caller may join.</summary>
    public TLoad? Joinable(TKey key, uint hash) => Latest(key, hash) is { IsSuperseded: false } load ? load : null;

    /// <summary>Enumerates the loads of the key from the latest to the first.</summary>
    public IEnumerable<TLoad> Of(TKey key, uint hash)
    {
        for (Load<TKey>? load = Latest(key, hash); load is not null; load = Of(load.Earlier, key, hash))
        {
            yield return (TLoad)load;
        }
    }

    /// <summary>Takes in a load, which wins over those of its key.</summary>
    public void Start(TLoad load)
    {
        Latest(load.Key, load.Hash)?.IsSuperseded = true;
        EnsureRoomFor(1);
        StartFirst(load);
    }

    /// <summary>Takes the memory that so many loads more need, all that can fail.</summary>
    public void EnsureRoomFor(int count)
    {
        while (Count + (long)count > _latest.Length)
        {
            Grow();
        }
    }

    /// <summary>Takes in a load of a key that has none which could be joined, after <see cref="EnsureRoomFor"/>. Never calls the key's comparer.</summary>
    public void StartFirst(TLoad load)
    {
        Push(load);
        Count++;
    }

    /// <summary>Forgets a load that has ended.</summary>
    public void End(TLoad load)
    {
        load.HasEnded = true;
        load.Earlier?.Later = load.Later;
        if (load.Later is { } later)
        {
            later.Earlier = load.Earlier;
        }
        else
        {
            BucketOf(load.Hash) = load.Earlier;
        }

        load.Earlier = load.Later = null;
        Count--;
    }

    /// <summary>Lets a removal of everything win over every load that runs.</summary>
    public void SupersedeAll()
    {
        foreach (Load<TKey>? latest in _latest)
        {
            for (Load<TKey>? load = latest; load is not null; load = load.Earlier)
            {
                load.IsSuperseded = true;
            }
        }
    }

    private ref Load<TKey>? BucketOf(uint hash) => ref _latest[hash & (uint)(_latest.Length - 1)];

    private Load<TKey>? Of(Load<TKey>? load, TKey key, uint hash)
    {
        while (load is not null && !(load.Hash == hash && comparer.Equals(load.Key, key)))
        {
            load = load.Earlier;
        }

        return load;
    }

    private void Push(Load<TKey> load)
    {
        ref Load<TKey>? bucket = ref BucketOf(load.Hash);
        load.Later = null;
        load.Earlier = bucket;
        bucket?.Later = load;
        bucket = load;
    }

    private void Grow()
    {
        Load<TKey>?[] old = _latest;
        _latest = new Load<TKey>?[old.Length * 2];
        foreach (Load<TKey>? latest in old)
        {
            Load<TKey>? load = latest;
            while (load?.Earlier is { } earlier)
            {
                load = earlier;
            }

            while (load is not null) // from the first, so that the latest is in front again
            {
                Load<TKey>? later = load.Later;
                Push(load);
                load = later;
            }
        }
    }
}
