using System.Runtime.CompilerServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// Evicts the entry with the fewest accesses since it was added, and of several the one whose last access is the longest
/// ago. Exact; every operation is O(1) (frequency lists: Shah, Mitra and Matani, "An O(1) algorithm for implementing the
/// LFU cache eviction scheme", 2010).
/// </summary>
/// <remarks>
/// The frequency lists are chained by rising frequency. They lie in one array, of which there is enough for an eighth as many
/// frequencies as entries, and never fewer than the entries or 1,024: a hit allocates only when there are more, which takes
/// millions of accesses. An entry's <see cref="CacheEntry.FrequencyList"/> is the index of its frequency list.
/// </remarks>
internal sealed class LfuPolicy : ReplacementPolicy
{
    private const int None = -1;
    private const int EntriesPerList = 8;
    private const int MinLists = 1024;
    private const int MinGrownLists = 16;
    private const int TrimmedAtMost = 4; // times as many as are wanted stay

    private FrequencyList[] _lists = []; // 24 bytes each
    private int _lowest = None;
    private int _free = None; // chained through Higher
    private int _entryCount;

    public override void EnsureRoomForOne()
    {
        if (_free == None || _lists.Length < WantedLists(_entryCount + 1)) // a new entry takes one list at most
        {
            Grow();
        }
    }

    public override void Added(CacheEntry entry)
    {
        _entryCount++;
        if (_lowest == None || _lists[_lowest].Frequency != 1)
        {
            InsertList(frequency: 1, lower: None, higher: _lowest);
        }

        Append(_lowest, entry);
    }

    public override void Removed(CacheEntry entry)
    {
        Detach(entry);
        _entryCount--;
    }

    public override void Accessed(CacheEntry entry)
    {
        int current = entry.FrequencyList;
        long frequency = _lists[current].Frequency;
        int higher = _lists[current].Higher;
        bool higherFits = higher != None && _lists[higher].Frequency == frequency + 1;
        if (!higherFits && ReferenceEquals(entry.Newer, entry))
        {
            // The only one of its frequency: the list moves with it. Without this there could be a list more than entries.
            _lists[current].Frequency++;
            return;
        }

        int target = higherFits ? higher : InsertList(frequency + 1, lower: current, higher);
        Detach(entry);
        Append(target, entry);
    }

    public override CacheEntry NextVictim() => _lists[_lowest].Oldest!;

    public override CacheEntry? Foresee()
    {
        CacheEntry? victim = _lowest == None ? null : _lists[_lowest].Oldest;
        victim?.Newer!.Prefetch();
        return victim;
    }

    public override void Replaced(CacheEntry entry, CacheEntry successor)
    {
        successor.FrequencyList = entry.FrequencyList;
        ref FrequencyList list = ref _lists[entry.FrequencyList];
        if (ReferenceEquals(list.Oldest, entry))
        {
            list.Oldest = successor;
        }

        if (ReferenceEquals(entry.Newer, entry))
        {
            successor.Older = successor.Newer = successor;
            entry.Older = entry.Newer = null;
        }
        else
        {
            EntryList.Replace(entry, successor);
        }
    }

    public override void Trim()
    {
        int wanted = WantedLists(_entryCount);
        if (_lists.Length <= TrimmedAtMost * Math.Max(MinGrownLists, wanted))
        {
            return;
        }

        FrequencyList[] old = _lists;
        int next = _lowest;
        (_lists, _lowest, _free) = ([], None, None);
        for (int lower = None; next != None; next = old[next].Higher)
        {
            lower = InsertList(old[next].Frequency, lower, higher: None);
            CacheEntry oldest = _lists[lower].Oldest = old[next].Oldest!;
            CacheEntry entry = oldest;
            do
            {
                entry.FrequencyList = lower;
                entry = entry.Newer!;
            }
            while (!ReferenceEquals(entry, oldest));
        }
    }

    public override long ReservedBytes => (long)_lists.Length * Unsafe.SizeOf<FrequencyList>();

    public override IEnumerable<CacheEntry> ColdestFirst()
    {
        for (int list = _lowest; list != None; list = _lists[list].Higher)
        {
            CacheEntry oldest = _lists[list].Oldest!;
            yield return oldest;
            for (CacheEntry entry = oldest.Newer!; !ReferenceEquals(entry, oldest); entry = entry.Newer!)
            {
                yield return entry;
            }
        }
    }

    public override IEnumerable<CacheEntry> HottestFirst() => ColdestFirst().Reverse();

    public override IEnumerable<CacheEntry> CheckedEntries()
    {
        int count = 0;
        int lower = None;
        for (int list = _lowest; list != None; lower = list, list = _lists[list].Higher)
        {
            Integrity.Require(_lists[list].Lower == lower, "the links between frequency lists agree in both directions");
            Integrity.Require(_lists[list].Frequency > (lower == None ? 0 : _lists[lower].Frequency), "frequencies rise from list to list");
            CacheEntry oldest = _lists[list].Oldest!;
            CacheEntry entry = oldest;
            do
            {
                Integrity.Require(entry.FrequencyList == list, "an entry knows the frequency list that holds it");
                Integrity.Require(ReferenceEquals(entry.Older!.Newer, entry) && ReferenceEquals(entry.Newer!.Older, entry), "the links of a list agree in both directions");
                Integrity.Require(++count <= _entryCount, "the frequency lists hold no more entries than counted");
                yield return entry;
                entry = entry.Newer!;
            }
            while (!ReferenceEquals(entry, oldest));
        }

        Integrity.Require(count == _entryCount, "the frequency lists hold as many entries as counted");
    }

    // In a large cache there are far fewer frequencies than entries.
    private static int WantedLists(int entries) => Math.Min(entries, Math.Max(MinLists, entries / EntriesPerList));

    private void Append(int list, CacheEntry entry)
    {
        entry.FrequencyList = list;
        ref FrequencyList target = ref _lists[list];
        if (target.Oldest is not { } oldest)
        {
            target.Oldest = entry.Older = entry.Newer = entry;
            return;
        }

        CacheEntry newest = oldest.Older!; // the circle closes here
        entry.Older = newest;
        entry.Newer = oldest;
        newest.Newer = entry;
        oldest.Older = entry;
    }

    private void Detach(CacheEntry entry)
    {
        ref FrequencyList list = ref _lists[entry.FrequencyList];
        if (ReferenceEquals(entry.Newer, entry))
        {
            list.Oldest = null;
            RemoveList(entry.FrequencyList);
        }
        else
        {
            entry.Newer!.Older = entry.Older;
            entry.Older!.Newer = entry.Newer;
            if (ReferenceEquals(list.Oldest, entry))
            {
                list.Oldest = entry.Newer;
            }
        }

        entry.Newer = entry.Older = null;
    }

    private int InsertList(long frequency, int lower, int higher)
    {
        if (_free == None)
        {
            Grow(); // before anything has changed
        }

        int list = _free;
        _free = _lists[list].Higher;
        _lists[list] = new FrequencyList { Frequency = frequency, Lower = lower, Higher = higher };
        Link(lower, list);
        if (higher != None)
        {
            _lists[higher].Lower = list;
        }

        return list;
    }

    private void RemoveList(int list)
    {
        (int lower, int higher) = (_lists[list].Lower, _lists[list].Higher);
        Link(lower, higher);
        if (higher != None)
        {
            _lists[higher].Lower = lower;
        }

        _lists[list].Higher = _free;
        _free = list;
    }

    private void Link(int lower, int higher)
    {
        if (lower == None)
        {
            _lowest = higher;
        }
        else
        {
            _lists[lower].Higher = higher;
        }
    }

    private void Grow()
    {
        int used = _lists.Length;
        Array.Resize(ref _lists, (int)Math.Min(Math.Max(MinGrownLists, used * 2L), Array.MaxLength));
        for (int list = _lists.Length - 1; list >= used; list--)
        {
            _lists[list].Higher = _free;
            _free = list;
        }
    }

    private struct FrequencyList
    {
        public long Frequency;
        public CacheEntry? Oldest; // of a circle
        public int Lower;
        public int Higher;
    }
}
