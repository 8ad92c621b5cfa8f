using System.Numerics;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Finds the keys that are asked for most, in a fixed amount of memory: the celebrity whose shard is busy while the others idle. Record every key that is routed, and ask
/// for the <see cref="Top"/> now and then. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Counts are halved each <see cref="HotKeyOptions.HalfLife"/>. A count is never too low, and too high by at most its <see cref="HotKey{TKey}.Error"/> and 1; that error is at most
/// <see cref="Total"/> divided by the capacity, and twice the number of parts. A key that makes up more than one part in the capacity of all records is among those counted.</para>
/// <para>There is one part until two threads meet, and then up to one for each processor, so that they do not wait for each other. Each has counters of its own, which questions add up.</para>
/// <para>The clock is read by every question, and once in 256 records: of those that come right after the end of a half-life, up to 255 a part count as old.</para>
/// <para>Recording takes O(1) under a short lock and allocates nothing, but for the new parts when threads meet: for texts, whole numbers and UUIDs without a comparer even where someone else chooses the
/// keys, as they are hashed by a random seed; for others as long as the hash codes that their comparer gives are not all the same.</para>
/// <para>Source: Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005 (Space-Saving and its stream summary); Agarwal et al., "Mergeable
/// Summaries", 2012 (that the errors of parts add up to that of the whole).</para>
/// </remarks>
/// <typeparam name="TKey">The type of the keys.</typeparam>
public sealed class HotKeyDetector<TKey>
    where TKey : notnull
{
    private readonly SeededComparer<TKey> _comparer;
    private readonly HotKeyOptions _options;
    private readonly long _started;
    private volatile StreamSummary<TKey>[] _parts; // a power of two; replaced as a whole

    /// <summary>Initializes a detector.</summary>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <param name="comparer">What tells keys apart; null for the type's own.</param>
    public HotKeyDetector(HotKeyOptions? options = null, IEqualityComparer<TKey>? comparer = null)
    {
        options ??= new HotKeyOptions();
        _options = new HotKeyOptions { Capacity = options.Capacity, HalfLife = options.HalfLife, TimeProvider = options.TimeProvider };
        _comparer = new SeededComparer<TKey>(comparer);
        _started = _options.TimeProvider.GetTimestamp();
        _parts = [new StreamSummary<TKey>(_options, _comparer, _started)];
    }

    /// <summary>Gets how many records there were, older ones counting less.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            foreach (StreamSummary<TKey> part in _parts)
            {
                lock (part.Gate)
                {
                    part.Decay();
                    total += part.Total;
                }
            }

            return total;
        }
    }

    /// <summary>Counts a key that is asked for.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public void Record(TKey key)
    {
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        int hash = _comparer.GetHashCode(key);
        StreamSummary<TKey>[] parts = _parts;
        StreamSummary<TKey> part = parts[Environment.CurrentManagedThreadId & (parts.Length - 1)];
        if (!part.Gate.TryEnter())
        {
            part = EnterOther();
        }

        try
        {
            part.Record(key, hash);
        }
        finally
        {
            part.Gate.Exit();
        }
    }

    /// <summary>Lists the keys that were asked for most. O(count), or of all counters where threads have met.</summary>
    /// <param name="count">How many at most, 1 or more.</param>
    /// <returns>The keys by falling count; fewer when there were not so many.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public IReadOnlyList<HotKey<TKey>> Top(int count)
    {
        Guard.InRange(count, 1, int.MaxValue);
        StreamSummary<TKey>[] parts = _parts;
        return parts.Length == 1
            ? TopOf(parts[0], count).Keys
            : [.. Joined(parts).OrderByDescending(static hot => hot.Count).Take(count)];
    }

    // What a part does not count it may have seen as often as what it counts least.
    private IEnumerable<HotKey<TKey>> Joined(StreamSummary<TKey>[] parts)
    {
        var joined = new Dictionary<TKey, (long Count, long Error)>(_comparer);
        long least = 0;
        foreach (StreamSummary<TKey> part in parts)
        {
            (HotKey<TKey>[] keys, long own) = TopOf(part, int.MaxValue);
            least += own;
            foreach (HotKey<TKey> hot in keys)
            {
                (long counted, long error) = joined.GetValueOrDefault(hot.Key);
                joined[hot.Key] = (counted + hot.Count - own, error + hot.Error - own);
            }
        }

        int rounding = parts.Length - 1; // each is too high by up to 1 more
        return joined.Select(entry => new HotKey<TKey>(entry.Key, entry.Value.Count + least, entry.Value.Error + least + rounding));
    }

    private static (HotKey<TKey>[] Keys, long Least) TopOf(StreamSummary<TKey> part, int count)
    {
        lock (part.Gate)
        {
            part.Decay();
            return ([.. Enumerable.Range(0, Math.Min(count, part.Count)).Select(rank => part[rank])], part.Least);
        }
    }

    // Another thread is in the part of this one: any that is free will do, and while there may be more, there are twice as many from now on.
    private StreamSummary<TKey> EnterOther()
    {
        StreamSummary<TKey>[] parts = _parts;
        if (parts.Length < Math.Max(2, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount)))
        {
            StreamSummary<TKey>[] more = [.. parts, .. parts.Select(_ => new StreamSummary<TKey>(_options, _comparer, _started))];
            parts = Interlocked.CompareExchange(ref _parts, more, parts) == parts ? more : _parts;
        }

        int own = Environment.CurrentManagedThreadId;
        for (int i = 0; i < parts.Length; i++)
        {
            StreamSummary<TKey> other = parts[(own + i) & (parts.Length - 1)];
            if (other.Gate.TryEnter())
            {
                return other;
            }
        }

        StreamSummary<TKey> part = parts[own & (parts.Length - 1)];
        part.Gate.Enter();
        return part;
    }
}
