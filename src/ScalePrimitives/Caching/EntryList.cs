using System.Diagnostics;

namespace ScalePrimitives.Caching;

/// <summary>
/// An intrusive doubly linked list of entries, newest to oldest: every operation is O(1) and allocates nothing. An entry is
/// in at most one list, because the links are its own.
/// </summary>
internal sealed class EntryList
{
    // Closes the circle, so that no operation has a special case at either end.
    private readonly CacheEntry _sentinel = new(hash: 0);

    public EntryList() => _sentinel.Older = _sentinel.Newer = _sentinel;

    public int Count { get; private set; }

    public CacheEntry? Oldest => Count == 0 ? null : _sentinel.Newer;

    /// <summary>Returns the oldest entry, and asks the processor to fetch the one that is the oldest without it.</summary>
    public CacheEntry? Foresee()
    {
        CacheEntry? oldest = Oldest;
        oldest?.Newer!.Prefetch();
        return oldest;
    }

    public void AddNewest(CacheEntry entry)
    {
        Debug.Assert(entry.Newer is null && entry.Older is null, "An entry joins a list only when no list holds it.");
        CacheEntry newest = _sentinel.Older!;
        entry.Older = newest;
        entry.Newer = _sentinel;
        newest.Newer = entry;
        _sentinel.Older = entry;
        Count++;
    }

    public void Remove(CacheEntry entry)
    {
        Debug.Assert(entry.Newer is not null && entry.Older is not null, "An entry leaves only a list that holds it.");
        entry.Newer.Older = entry.Older;
        entry.Older.Newer = entry.Newer;
        entry.Newer = entry.Older = null;
        Count--;
    }

    /// <summary>Puts <paramref name="successor"/>, which no list holds, in the place of <paramref name="entry"/>.</summary>
    public static void Replace(CacheEntry entry, CacheEntry successor)
    {
        Debug.Assert(entry.Newer is not null && entry.Older is not null, "Only an entry that a list holds has a place.");
        (successor.Older, successor.Newer) = (entry.Older, entry.Newer);
        successor.Older.Newer = successor;
        successor.Newer.Older = successor;
        entry.Newer = entry.Older = null;
    }

    public IEnumerable<CacheEntry> OldestFirst()
    {
        for (CacheEntry entry = _sentinel.Newer!; !ReferenceEquals(entry, _sentinel); entry = entry.Newer!)
        {
            yield return entry;
        }
    }

    public IEnumerable<CacheEntry> NewestFirst()
    {
        for (CacheEntry entry = _sentinel.Older!; !ReferenceEquals(entry, _sentinel); entry = entry.Older!)
        {
            yield return entry;
        }
    }

    public void MoveToNewest(CacheEntry entry)
    {
        if (!ReferenceEquals(_sentinel.Older, entry))
        {
            Remove(entry);
            AddNewest(entry);
        }
    }

    /// <summary>Enumerates the entries from the oldest to the newest, checking every link on the way.</summary>
    /// <exception cref="InvalidOperationException">A link or the count is wrong.</exception>
    public IEnumerable<CacheEntry> CheckedEntries()
    {
        int count = 0;
        for (CacheEntry entry = _sentinel.Newer!; !ReferenceEquals(entry, _sentinel); entry = entry.Newer!)
        {
            Integrity.Require(ReferenceEquals(entry.Older!.Newer, entry) && ReferenceEquals(entry.Newer!.Older, entry), "the links of a list agree in both directions");
            Integrity.Require(++count <= Count, "a list holds no more entries than it counts");
            yield return entry;
        }

        Integrity.Require(count == Count, "a list holds as many entries as it counts");
    }
}
