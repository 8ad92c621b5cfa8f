using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Caching;

/// <summary>
/// A lazy W-TinyLFU with a window that adapts. Newcomers enter a window. When room is needed, the window's victim contests
/// that of the main region, both of them CLOCKs of 2-bit counters, and the one that a sketch remembers as less frequent is
/// evicted. How large a window serves best is found out by miniature caches on a sample of the requests.
/// </summary>
/// <remarks>
/// <para><b>The parts.</b> Window, main region and admission by estimated frequency are W-TinyLFU's (Einziger, Friedman and
/// Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", 2017), the estimate a count-min sketch (Cormode and
/// Muthukrishnan 2005). Its LRU lists, which each hit must reorder, are replaced by the CLOCK of Corbató ("A Paging Experiment
/// with the Multics System", 1968), with counts to 3 instead of one bit: FIFO lists whose entries are moved only when
/// something is evicted, which S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023) shows to hit no less often. There is no
/// list of ghosts: the sketch remembers what was evicted.</para>
/// <para><b>Lazy.</b> A read raises the entry's own count, up to 3, and nothing else; so hot entries stop being written. Lists
/// and sketch are touched when an entry is added or a victim is looked for: each read counted in an entry is moved to the
/// sketch, one whenever a clock's hand passes the entry, all when a candidate enters the contest.</para>
/// <para><b>Bounded.</b> Finding a victim is O(1) amortised over the reads and additions before it, and no single call grows
/// with the cache: the hands take a bounded number of steps, regions whose shares changed are
/// brought to them by a few entries a call, and the sketch ages and grows by blocks.</para>
/// <para><b>Ties.</b> In a tie the victim of the main region stays, which keeps a scan out, unless the candidate was read
/// while it was in the window.</para>
/// <para><b>The window</b> suits recency when it is large and frequency when it is small. <see cref="WindowShadows"/> follows
/// which share hits more, on requests sampled by hash (see <see cref="Read"/>); the real window takes its share over lazily.
/// The seed chooses the sample too.</para>
/// <para><b>Weights</b>, where they are bounded, bound the regions too, each by its share. The contest does not regard them.</para>
/// </remarks>
internal sealed class AdaptivePolicy : ReplacementPolicy
{
    /// <summary>The most entries of the main region that the clock's hand passes in one call.</summary>
    public const int MaxHandSteps = 128;

    /// <summary>The most entries of the window that one call gives a second chance. Measured: one that is read stays until
    /// it has gone round, so that a large window does nearly what an LRU list does; more steps gain nothing.</summary>
    public const int MaxWindowSteps = 16;

    private const byte WindowRegion = 0;
    private const byte MainRegion = 1;
    private const int MaxMovesPerAddition = 2;

    // More than come before an addition in all but the hottest caches, and no more than a few microseconds of simulation.
    private const int MaxSimulatedReadsPerAddition = 16;

    // Readers load the fields of this object: what changes with each addition lies in the objects that it refers to.
    private readonly AdaptiveRegion _window;
    private readonly AdaptiveRegion _main;
    private readonly ulong _seed;
    private FrequencySketch _sketch;
    private readonly LossySample _sample = new();
    private readonly uint _sampleMultiplier;
    private WindowShadows _shadows;
    private ulong _sampleBound; // of 2^32: the sampled share of the hashes
    private long _maxWeight;
    private int _capacity;
    private int _shadowedEntries; // the number of entries that the sampled share was chosen for
    private int _entriesWhenFull;

    /// <param name="capacity">How many entries the cache holds at most, from 1.</param>
    /// <param name="seed">Makes sketch and sample unpredictable.</param>
    /// <param name="maxWeight">How much the entries weigh together at most; <see cref="long.MaxValue"/> where weight is no
    /// bound: then no entry is asked for its weight.</param>
    public AdaptivePolicy(int capacity, ulong seed, long maxWeight = long.MaxValue)
    {
        bool weighs = maxWeight != long.MaxValue;
        _window = new AdaptiveRegion(WindowRegion, weighs);
        _main = new AdaptiveRegion(MainRegion, weighs);
        _seed = seed;
        _sketch = new FrequencySketch(seed);
        _sampleMultiplier = (uint)((seed * 0x9E37_79B9_7F4A_7C15) >> 32) | 1;
        (_capacity, _maxWeight) = (capacity, maxWeight);
        Shadow(capacity);
    }

    /// <summary>Gets the window's share of the cache that the shadows chose.</summary>
    public double WindowShare => _shadows.Share;

    /// <summary>Gets how many entries are in the window.</summary>
    public int WindowCount => _window.Count;

    private int Count => _window.Count + _main.Count;

    /// <summary>Returns how many of <paramref name="capacity"/> entries a window of that share holds: 1 at least.</summary>
    public static int WindowOf(int capacity, double share) => Math.Clamp((int)Math.Round(capacity * share), 1, capacity);

    /// <summary>Says whether a candidate from the window takes the place of the main region's victim.</summary>
    public static bool Wins(int candidate, int victim, bool wasRead) => candidate > victim || (candidate == victim && wasRead);

    /// <summary>Notes that an entry was read. By any thread, without the lock; allocates nothing.</summary>
    /// <remarks>For an entry that is plain, <see cref="CacheEntry.CountRead"/> does the same.</remarks>
    public void Read(CacheEntry entry)
    {
        entry.CountRead();
        if (entry.IsSampled)
        {
            _sample.Add(entry.Hash);
        }
    }

    public override void Accessed(CacheEntry entry) => Read(entry);

    public override void EnsureRoomForOne()
    {
        _sketch.Serve(Math.Min(Count + 1, _capacity));
        FollowEntryCount();
    }

    public override void Added(CacheEntry entry)
    {
        entry.Frequency = 0;
        entry.IsSampled = IsSampled(entry.Hash);
        _window.Add(entry);
        _sketch.Increment(entry.Hash);
        Simulate(entry.Hash);
        for (int moves = 0; moves < MaxMovesPerAddition && _window.IsOver && !_main.IsFull; moves++)
        {
            Promote(_window.Oldest!);
        }
    }

    public override void Removed(CacheEntry entry) => RegionOf(entry).Remove(entry);

    public override CacheEntry NextVictim()
    {
        int count = Count;
        if (_entriesWhenFull != count)
        {
            _entriesWhenFull = count;
        }

        if (_main.Count == 0)
        {
            return _window.Oldest!;
        }

        CacheEntry victim = PassHand(_main, MaxHandSteps);
        if (_window.Count == 0 || (_main.IsOver && !_window.IsFull))
        {
            return victim; // the window may grow
        }

        CacheEntry candidate = PassHand(_window, MaxWindowSteps);
        byte reads = candidate.Frequency;
        for (int i = 0; i < reads; i++)
        {
            _sketch.Increment(candidate.Hash);
        }

        candidate.Frequency = 0;
        if (!Wins(_sketch.Estimate(candidate.Hash), _sketch.Estimate(victim.Hash), wasRead: reads > 0))
        {
            return candidate;
        }

        Promote(candidate);
        return victim;
    }

    public override CacheEntry? Foresee()
    {
        _main.Foresee();
        CacheEntry? candidate = _window.Foresee();
        if (candidate is not null)
        {
            _sketch.Prefetch(candidate.Hash);
        }

        return candidate;
    }

    /// <summary>Asks the processor to fetch what adding an entry of that hash will look at.</summary>
    public void Foresee(uint hash) => _sketch.Prefetch(hash);

    public override void Replaced(CacheEntry entry, CacheEntry successor)
    {
        (successor.Frequency, successor.IsSampled) = (entry.Frequency, entry.IsSampled);
        RegionOf(entry).Replace(entry, successor);
    }

    public override void Resize(int capacity, long maxWeight)
    {
        (_capacity, _maxWeight) = (capacity, maxWeight);
        Shadow(capacity);
    }

    public override void Trim()
    {
        // A smaller sketch of the same history would have to add counters up until most of them are full: it begins anew.
        if (_sketch.IsTooLargeFor(Math.Min(Count, _capacity)))
        {
            _sketch = new FrequencySketch(_seed);
            Shadow(_shadowedEntries); // they estimate by the sketch
        }
    }

    public override long ReservedBytes => _sketch.CounterCount / 2;

    public override IEnumerable<CacheEntry> ColdestFirst() =>
        _window.OldestFirst().Concat(_main.OldestFirst()).OrderBy(entry => _sketch.Estimate(entry.Hash) + entry.Frequency);

    public override IEnumerable<CacheEntry> HottestFirst() => ColdestFirst().Reverse();

    public override IEnumerable<CacheEntry> CheckedEntries() => _window.CheckedEntries().Concat(_main.CheckedEntries());

    // By multiply-shift hashing (Dietzfelbinger et al. 1997) with a secret multiplier. Noted in the entry, so that those who
    // read one that is not in the sample pay nothing.
    private bool IsSampled(uint hash) => hash * _sampleMultiplier < _sampleBound;

    private AdaptiveRegion RegionOf(CacheEntry entry) => entry.List == WindowRegion ? _window : _main;

    private void Promote(CacheEntry entry)
    {
        _window.Remove(entry);
        entry.IsSampled = IsSampled(entry.Hash); // again, for the sampled share may have changed
        _main.Add(entry);
    }

    // The clock's hand stands at the oldest entry; one that was read moves on to the newest place with one count less. When
    // all that it passes were read, the next one has to do: the contest still protects it.
    private CacheEntry PassHand(AdaptiveRegion region, int maxSteps)
    {
        CacheEntry entry = region.Oldest!;
        for (int steps = 0; entry.Frequency > 0 && steps < maxSteps; steps++)
        {
            entry.Frequency--;
            _sketch.Increment(entry.Hash);
            entry.IsSampled = IsSampled(entry.Hash);
            region.MoveToNewest(entry);
            entry = region.Oldest!;
        }

        return entry;
    }

    private void Simulate(uint added)
    {
        double share = _shadows.Share;
        foreach (uint read in _sample.Take(MaxSimulatedReadsPerAddition))
        {
            _shadows.Access(read);
        }

        if (IsSampled(added))
        {
            _shadows.Access(added);
        }

        if (_shadows.Share != share)
        {
            DivideByShare();
        }
    }

    // How many entries fit is known beforehand only where weight is no bound.
    private void FollowEntryCount()
    {
        int entries = Math.Min(_entriesWhenFull, _capacity);
        if (entries > 0 && (entries < _shadowedEntries / 2 || entries / 2 > _shadowedEntries))
        {
            Shadow(entries);
        }
    }

    [MemberNotNull(nameof(_shadows))]
    private void Shadow(int entries)
    {
        int shadowCapacity = Math.Min(entries, ShadowCache.MaxCapacity);
        _shadows = new WindowShadows(shadowCapacity, _shadows?.Share ?? WindowShadows.InitialShare, _sketch);
        _sampleBound = ((ulong)shadowCapacity << 32) / (ulong)entries;
        _shadowedEntries = entries;
        _entriesWhenFull = 0;
        DivideByShare();
    }

    private void DivideByShare()
    {
        int window = WindowOf(_capacity, _shadows.Share);
        long windowWeight = _maxWeight == long.MaxValue ? long.MaxValue : (long)(_maxWeight * _shadows.Share);
        _window.Bound(window, windowWeight);
        _main.Bound(_capacity - window, _maxWeight == long.MaxValue ? long.MaxValue : _maxWeight - windowWeight);
    }
}
