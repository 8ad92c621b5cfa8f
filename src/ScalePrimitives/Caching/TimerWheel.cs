using System.Diagnostics;
using System.Numerics;

namespace ScalePrimitives.Caching;

/// <summary>
/// Finds the entries whose deadline has come: hierarchical timing wheels (Varghese and Lauck 1987) over any two timestamps,
/// however far apart. Scheduling and cancelling are O(1), so is finding the next one due, amortised over the entries that
/// were scheduled; nothing allocates. Not thread-safe: the cache's lock guards it.
/// </summary>
/// <remarks>
/// <para>Time is counted in ticks, numbers of up to 64 bits, written in digits of six bits. An entry lies in the bucket named by the
/// highest digit in which its tick differs from the wheel's, and by what that digit is: so the entries of a level come
/// before those of the levels above it, and the lowest bucket of the lowest level that is not empty holds the earliest. The
/// wheel jumps there, whatever lies between, and opens it: its entries are due or go down to a lower level, each at most
/// once a level.</para>
/// <para>A jump never passes an entry, so it changes no other entry's highest differing digit: every place stays right.
/// That is also why no entry has to note its bucket.</para>
/// </remarks>
internal sealed class TimerWheel
{
    private const int DigitBits = 6;
    private const int BucketsPerLevel = 1 << DigitBits; // as many as an occupancy word has bits

    private readonly int _tickShift;
    private readonly CacheEntry?[] _buckets; // each the head of a circle
    private readonly ulong[] _occupied; // by level: a bit for each bucket that is not empty
    private CacheEntry? _opened; // the head of those to look at next: from the bucket opened last, or due when they were scheduled
    private long _now; // the latest timestamp seen
    private ulong _tick; // how far the wheel has come: at most the tick of _now, behind it while _opened has entries

    /// <param name="frequency">How many timestamp units make a second, from 1.</param>
    /// <param name="now">The timestamp at which the wheel starts.</param>
    public TimerWheel(long frequency, long now)
    {
        Debug.Assert(frequency > 0, "A second has at least one unit.");

        // A tick is the power of two nearest to a millisecond: the step from one to the next lies at one and a half times.
        ulong unitsPerMillisecond = (ulong)Math.Max(1, frequency / 1000);
        _tickShift = BitOperations.Log2(unitsPerMillisecond + (unitsPerMillisecond / 3));

        // The tick of long.MaxValue, rounded up, has one bit more than 64 - _tickShift.
        int levels = ((64 - _tickShift) / DigitBits) + 1;
        _buckets = new CacheEntry?[levels * BucketsPerLevel];
        _occupied = new ulong[levels];
        _now = now;
        _tick = TickAt(now);
    }

    /// <summary>Gets how many entries are scheduled.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the latest timestamp that it was given: by it is due what <see cref="NextDue(long)"/> returns.</summary>
    public long Now => _now;

    /// <summary>Gets by how much at most an entry is found late, in timestamp units.</summary>
    public long TickLength => 1L << _tickShift;

    /// <summary>Takes in an entry that is not scheduled, at its <see cref="EntryTimer.Deadline"/>. One in the past is due at once.</summary>
    public void Schedule(CacheEntry entry)
    {
        Debug.Assert(entry.Timer.Next is null, "An entry is scheduled once.");
        if (entry.Timer.Deadline <= _now)
        {
            Link(ref _opened, entry);
        }
        else
        {
            Place(entry);
        }

        Count++;
    }

    /// <summary>Takes an entry out; does nothing to one that is not scheduled.</summary>
    public void Cancel(CacheEntry entry)
    {
        if (entry.Timer.Next is not null)
        {
            Remove(entry);
            Count--;
        }
    }

    /// <summary>Takes out an entry whose deadline is at or before <paramref name="now"/>.</summary>
    /// <returns>One that is due, in no set order, or null when there is none but those whose deadline passed less than a tick ago.</returns>
    public CacheEntry? NextDue(long now)
    {
        int steps = int.MaxValue;
        return NextDue(now, ref steps);
    }

    /// <summary>The same in bounded time: many entries of one bucket may have to move to a lower level before one is found.</summary>
    /// <param name="now">The timestamp; one that is earlier than an earlier call's counts as that one.</param>
    /// <param name="steps">How many entries may be touched; each that is returned or moved takes one off. When null is
    /// returned and none are left, there may be more due, and the next call goes on.</param>
    public CacheEntry? NextDue(long now, ref int steps)
    {
        _now = Math.Max(_now, now);
        do
        {
            while (_opened is { } entry)
            {
                if (steps <= 0)
                {
                    return null;
                }

                steps--;
                Remove(entry);
                if (entry.Timer.Deadline <= _now)
                {
                    Count--;
                    return entry;
                }

                Place(entry);
            }
        }
        while (OpenNext());
        return null;
    }

    /// <summary>Checks every link, place and count; for tests.</summary>
    /// <exception cref="InvalidOperationException">One of them is wrong.</exception>
    public void CheckIntegrity()
    {
        Integrity.Require(_tick <= TickAt(_now), "the wheel is not ahead of the clock");
        int count = CheckCircle(_opened);
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
        {
            bool occupied = (_occupied[bucket / BucketsPerLevel] & BitOf(bucket)) != 0;
            Integrity.Require(occupied == (_buckets[bucket] is not null), "the occupancy of a bucket is known");
            count += CheckCircle(_buckets[bucket], bucket);
        }

        Integrity.Require(count == Count, "the wheel holds as many entries as it counts");
    }

    private static void Link(ref CacheEntry? head, CacheEntry entry)
    {
        if (head is null)
        {
            head = entry;
            ref EntryTimer timer = ref entry.Timer;
            timer.Next = timer.Previous = entry;
        }
        else
        {
            InsertBefore(head, entry);
        }
    }

    private static void InsertBefore(CacheEntry next, CacheEntry entry)
    {
        ref EntryTimer timer = ref entry.Timer;
        ref EntryTimer nextTimer = ref next.Timer;
        timer.Next = next;
        timer.Previous = nextTimer.Previous;
        timer.Previous!.Timer.Next = entry;
        nextTimer.Previous = entry;
    }

    private static void Unlink(ref EntryTimer timer)
    {
        timer.Previous!.Timer.Next = timer.Next;
        timer.Next!.Timer.Previous = timer.Previous;
        timer.Next = timer.Previous = null;
    }

    // Timestamps as unsigned numbers of the same order: no difference of two can overflow.
    private static ulong Unsigned(long timestamp) => unchecked((ulong)timestamp) ^ (1UL << 63);

    private static ulong BitOf(int bucket) => 1UL << (bucket % BucketsPerLevel);

    // Rounded down: the tick that has begun.
    private ulong TickAt(long now) => Unsigned(now) >> _tickShift;

    // Rounded up: an entry whose tick has begun is due. Of the smallest timestamp it would wrap, but
    // that lies in no bucket: it is due from the start.
    private ulong TickOf(long deadline) => unchecked((Unsigned(deadline) - 1) >> _tickShift) + 1;

    private int BucketOf(long deadline)
    {
        ulong tick = TickOf(deadline);
        int level = BitOperations.Log2(tick ^ _tick) / DigitBits;
        return (level * BucketsPerLevel) + ((int)(tick >> (level * DigitBits)) & (BucketsPerLevel - 1));
    }

    private void Place(CacheEntry entry)
    {
        int bucket = BucketOf(entry.Timer.Deadline);
        Debug.Assert(TickOf(entry.Timer.Deadline) > _tick, "A bucket holds only what the wheel has not come to.");
        Link(ref _buckets[bucket], entry);
        _occupied[bucket / BucketsPerLevel] |= BitOf(bucket);
    }

    private void Remove(CacheEntry entry)
    {
        ref EntryTimer timer = ref entry.Timer;
        CacheEntry? rest = ReferenceEquals(timer.Next, entry) ? null : timer.Next;
        if (ReferenceEquals(_opened, entry))
        {
            _opened = rest;
        }
        else if (BucketOf(timer.Deadline) is var bucket && ReferenceEquals(_buckets[bucket], entry))
        {
            _buckets[bucket] = rest;
            if (rest is null)
            {
                _occupied[bucket / BucketsPerLevel] &= ~BitOf(bucket);
            }
        }

        Unlink(ref timer);
    }

    // Goes on to the earliest bucket if it begins by now, and otherwise to now.
    private bool OpenNext()
    {
        ulong target = TickAt(_now);
        int level = 0;
        while (level < _occupied.Length && _occupied[level] == 0)
        {
            level++;
        }

        if (level < _occupied.Length)
        {
            int shift = level * DigitBits;
            int digit = BitOperations.TrailingZeroCount(_occupied[level]);
            ulong begin = (((_tick >> shift) & ~(BucketsPerLevel - 1UL)) | (uint)digit) << shift;
            if (begin <= target)
            {
                int bucket = (level * BucketsPerLevel) + digit;
                (_opened, _buckets[bucket]) = (_buckets[bucket], null);
                _occupied[level] &= ~BitOf(bucket);
                _tick = begin;
                return true;
            }
        }

        _tick = target;
        return false;
    }

    private int CheckCircle(CacheEntry? head, int? bucket = null)
    {
        int count = 0;
        for (CacheEntry? entry = head; entry is not null; entry = ReferenceEquals(entry.Timer.Next, head) ? null : entry.Timer.Next)
        {
            EntryTimer timer = entry.Timer;
            Integrity.Require(++count <= Count, "a bucket holds no more entries than the wheel counts");
            Integrity.Require(ReferenceEquals(timer.Next!.Timer.Previous, entry) && ReferenceEquals(timer.Previous!.Timer.Next, entry), "the links of a bucket agree in both directions");
            if (bucket is not null)
            {
                Integrity.Require(TickOf(timer.Deadline) > _tick, "a bucket holds only what the wheel has not come to");
                Integrity.Require(BucketOf(timer.Deadline) == bucket, "an entry lies in the bucket of its deadline");
            }
        }

        return count;
    }
}
