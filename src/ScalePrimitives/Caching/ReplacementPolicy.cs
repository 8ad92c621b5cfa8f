namespace ScalePrimitives.Caching;

/// <summary>
/// Decides which entry leaves when room is needed. It works on entries alone, never sees a key, a value, a callback or the
/// table, and calls nothing back. The caller serialises every call under one lock and keeps to this protocol:
/// <list type="bullet">
/// <item><see cref="EnsureRoomForOne"/> and <see cref="Added"/> once for each entry, before any other call for it; <see cref="Removed"/> once, after which the entry is unknown.</item>
/// <item>Room is made first: <see cref="NextVictim"/>, then <see cref="Removed"/> of that victim, and only then
/// <see cref="Added"/> of the newcomer. A least-frequently-used policy that knew the newcomer, used once, would choose it.</item>
/// </list>
/// Every operation is O(1), amortised where the policy says so, and none but <see cref="EnsureRoomForOne"/> allocates.
/// </summary>
internal abstract class ReplacementPolicy
{
    /// <summary>Takes the memory that the next <see cref="Added"/> needs. Besides <see cref="Resize"/> and <see cref="Trim"/> the only operation that may allocate.</summary>
    public virtual void EnsureRoomForOne()
    {
    }

    /// <summary>Takes in a new entry, after <see cref="EnsureRoomForOne"/>.</summary>
    public abstract void Added(CacheEntry entry);

    /// <summary>Forgets an entry, evicted or removed for another reason.</summary>
    public abstract void Removed(CacheEntry entry);

    /// <summary>Puts <paramref name="successor"/>, which no policy knows, exactly in the place of <paramref name="entry"/>,
    /// with its history; that one is unknown from then on. No access.</summary>
    public abstract void Replaced(CacheEntry entry, CacheEntry successor);

    /// <summary>Notes that an entry was read or its value replaced.</summary>
    public abstract void Accessed(CacheEntry entry);

    /// <summary>Chooses the entry to evict; it stays known until <see cref="Removed"/>. At least one entry must be known.</summary>
    public abstract CacheEntry NextVictim();

    /// <summary>Returns the entry that is likely to be the next victim, if any, and asks the processor to fetch what finding
    /// that one, and then another, will look at. Changes nothing.</summary>
    public abstract CacheEntry? Foresee();

    /// <summary>Takes a new bound. Those over it leave by <see cref="NextVictim"/>, before the next <see cref="Added"/>.</summary>
    /// <param name="capacity">How many entries the cache holds at most, from 1.</param>
    /// <param name="maxWeight">How much they weigh together at most; <see cref="long.MaxValue"/> where weight is no bound.</param>
    public virtual void Resize(int capacity, long maxWeight)
    {
    }

    /// <summary>Gives memory back when most of it is not needed for the entries that are known. O(entries).</summary>
    public virtual void Trim()
    {
    }

    /// <summary>Gets how many bytes the policy holds that grow with the number of entries, besides the entries; for tests.</summary>
    public virtual long ReservedBytes => 0;

    /// <summary>Enumerates all known entries from the one that would be evicted first to the one that would be last, as far
    /// as the policy can tell without changing anything. The policy must not change meanwhile.</summary>
    public abstract IEnumerable<CacheEntry> ColdestFirst();

    /// <summary>Enumerates all known entries from the one that would be evicted last; otherwise like <see cref="ColdestFirst"/>.</summary>
    public abstract IEnumerable<CacheEntry> HottestFirst();

    /// <summary>Enumerates all known entries while checking the policy's own structure; for tests.</summary>
    /// <exception cref="InvalidOperationException">A list, a count or an index disagrees.</exception>
    public abstract IEnumerable<CacheEntry> CheckedEntries();
}
