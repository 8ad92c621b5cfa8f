using System.Diagnostics;

namespace ScalePrimitives.Caching;

/// <summary>
/// A lazy W-TinyLFU (Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", 2017). Newcomers
/// enter a small FIFO window. When room is needed, the window's oldest entry contests the victim of the main region, a
/// CLOCK of 2-bit counters, and the one that a sketch remembers as less frequent is evicted.
/// </summary>
/// <remarks>
/// <para>Lazy: a read does nothing but raise the entry's own counter, up to 3. Lists and sketch are touched when an entry
/// is added or a victim is looked for. Each read counted there is later moved to the sketch, one count whenever a hand
/// examines the entry, so that finding a victim is O(1) amortised over the reads and additions before it.</para>
/// <para>In a tie the victim of the main region stays, which keeps a scan out, unless the candidate was read while it was
/// in the window.</para>
/// </remarks>
internal sealed class AdaptivePolicy : ReplacementPolicy
{
    private const byte WindowList = 0;
    private const byte MainList = 1;
    private const byte MaxFrequency = 3;
    private const int WindowDivisor = 10;

    private readonly EntryList _window = new();
    private readonly EntryList _main = new();
    private readonly int _windowCapacity;
    private readonly int _mainCapacity;
    private readonly FrequencySketch _sketch;

    /// <param name="capacity">How many entries the cache holds, from 1.</param>
    /// <param name="seed">The seed of the sketch.</param>
    public AdaptivePolicy(int capacity, ulong seed)
    {
        _windowCapacity = Math.Max(1, capacity / WindowDivisor);
        _mainCapacity = capacity - _windowCapacity;
        _sketch = new FrequencySketch(seed);
    }

    public override void Added(CacheEntry entry)
    {
        entry.Frequency = 0;
        entry.List = WindowList;
        _window.AddNewest(entry);
        _sketch.EnsureRoomFor(_window.Count + _main.Count);
        _sketch.Increment(entry.Hash);
        if (_window.Count > _windowCapacity && _main.Count < _mainCapacity)
        {
            Promote(_window.Oldest!);
        }
    }

    public override void Removed(CacheEntry entry) => (entry.List == WindowList ? _window : _main).Remove(entry);

    public override void Accessed(CacheEntry entry)
    {
        // Once saturated, hot entries are only read: their cache lines stay shared between processors.
        if (entry.Frequency < MaxFrequency)
        {
            entry.Frequency++;
        }
    }

    public void Read(CacheEntry entry) => Accessed(entry);

    public override CacheEntry NextVictim()
    {
        if (_window.Oldest is not { } candidate)
        {
            return NextMainVictim();
        }

        if (_main.Count == 0)
        {
            return candidate;
        }

        CacheEntry victim = NextMainVictim();
        bool wasRead = candidate.Frequency > 0;
        while (candidate.Frequency > 0)
        {
            FlushOne(candidate);
        }

        int lead = _sketch.Estimate(candidate.Hash) - _sketch.Estimate(victim.Hash);
        if (lead < 0 || (lead == 0 && !wasRead))
        {
            return candidate;
        }

        Promote(candidate);
        return victim;
    }

    public override void Replaced(CacheEntry entry, CacheEntry successor)
    {
        (successor.List, successor.Frequency) = (entry.List, entry.Frequency);
        EntryList.Replace(entry, successor);
    }

    public override IEnumerable<CacheEntry> ColdestFirst() => _window.OldestFirst().Concat(_main.OldestFirst());

    public override IEnumerable<CacheEntry> HottestFirst() => _main.NewestFirst().Concat(_window.NewestFirst());

    public override IEnumerable<CacheEntry> CheckedEntries()
    {
        // A victim not yet removed may be one too many.
        Integrity.Require(_main.Count <= _mainCapacity, "the main region is within its share");
        Integrity.Require(_window.Count <= _windowCapacity, "the window is within its share");
        return Checked(_window, WindowList).Concat(Checked(_main, MainList));

        static IEnumerable<CacheEntry> Checked(EntryList list, byte name)
        {
            foreach (CacheEntry entry in list.CheckedEntries())
            {
                Integrity.Require(entry.List == name, "an entry knows the list that holds it");
                Integrity.Require(entry.Frequency <= MaxFrequency, "a frequency is at most 3");
                yield return entry;
            }
        }
    }

    private void Promote(CacheEntry entry)
    {
        _window.Remove(entry);
        entry.List = MainList;
        _main.AddNewest(entry);
    }

    // The clock's hand stands at the oldest entry; one that was read moves on to the newest place with one count less.
    private CacheEntry NextMainVictim()
    {
        Debug.Assert(_main.Count > 0, "The main region has a victim only while it has entries.");
        CacheEntry entry = _main.Oldest!;

        // After MaxFrequency turns every count is zero, if reads do not outrun the hand; then the next best has to do.
        for (long steps = (long)_main.Count * MaxFrequency; entry.Frequency > 0 && steps > 0; steps--)
        {
            FlushOne(entry);
            _main.MoveToNewest(entry);
            entry = _main.Oldest!;
        }

        return entry;
    }

    private void FlushOne(CacheEntry entry)
    {
        entry.Frequency--;
        _sketch.Increment(entry.Hash);
    }
}
