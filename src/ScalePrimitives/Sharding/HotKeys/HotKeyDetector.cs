using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Finds the keys that are asked for most, in a fixed amount of memory: the celebrity whose shard is busy while the others idle. Record every key that is routed, and ask
/// for the <see cref="Top"/> now and then. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Counts are halved each <see cref="HotKeyOptions.HalfLife"/>. A count is never too low, and too high by at most its <see cref="HotKey{TKey}.Error"/> and 1; that error is at most
/// <see cref="Total"/> divided by the capacity, and 1. A key that makes up more than one part in the capacity of all records is among those counted.</para>
/// <para>The clock is read by every question, and once in 256 records: of those that come right after the end of a half-life, up to 255 count as old.</para>
/// <para>Recording takes O(1) under a short lock and allocates nothing.</para>
/// <para>Source: Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005 (Space-Saving and its stream summary).</para>
/// </remarks>
/// <typeparam name="TKey">The type of the keys.</typeparam>
public sealed class HotKeyDetector<TKey>
    where TKey : notnull
{
    private const int RecordsBetweenClockReads = 256;

    private readonly IEqualityComparer<TKey> _comparer;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _halfLife;
    private readonly Lock _lock = new();
    private readonly RankedCounters _counters;

    // The key of each counter, and a chained hash table from keys to counters. A counter whose error and count are 0 has no key yet.
    private readonly TKey[] _keys;
    private readonly int[] _hashes;
    private readonly long[] _errors;
    private readonly int[] _nextInBucket;
    private readonly int[] _buckets; // the first counter of each and 1 more; 0 for none
    private int _used;
    private long _total;
    private long _decayed; // when the counts were last halved
    private uint _records;

    /// <summary>Initializes a detector.</summary>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <param name="comparer">What tells keys apart; null for the type's own.</param>
    public HotKeyDetector(HotKeyOptions? options = null, IEqualityComparer<TKey>? comparer = null)
    {
        options ??= new HotKeyOptions();
        (_timeProvider, _halfLife, _comparer) = (options.TimeProvider, options.HalfLife, comparer ?? EqualityComparer<TKey>.Default);
        _counters = new RankedCounters(options.Capacity);
        _keys = new TKey[options.Capacity];
        _hashes = new int[options.Capacity];
        _errors = new long[options.Capacity];
        _nextInBucket = new int[options.Capacity];
        _buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)options.Capacity * 2)];
        _decayed = _timeProvider.GetTimestamp();
    }

    /// <summary>Gets how many records there were, older ones counting less.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
            {
                Decay();
                return _total;
            }
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
        lock (_lock)
        {
            if (++_records % RecordsBetweenClockReads == 0)
            {
                Decay();
            }

            _total++;
            int counter = Find(key, hash);
            if (counter < 0)
            {
                counter = Replace(_counters.Least, key, hash);
            }

            _counters.Increment(counter);
        }
    }

    /// <summary>Lists the keys that were asked for most. O(count).</summary>
    /// <param name="count">How many at most, 1 or more.</param>
    /// <returns>The keys by falling count; fewer when there were not so many.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public IReadOnlyList<HotKey<TKey>> Top(int count)
    {
        Guard.InRange(count, 1, int.MaxValue);
        lock (_lock)
        {
            Decay();
            var top = new HotKey<TKey>[Math.Min(count, _used)];
            for (int rank = 0; rank < top.Length; rank++)
            {
                int counter = _counters.FromTop(rank);
                top[rank] = new HotKey<TKey>(_keys[counter], _counters[counter], _errors[counter]);
            }

            return top;
        }
    }

    private int Find(TKey key, int hash)
    {
        for (int counter = _buckets[BucketOf(hash)] - 1; counter >= 0; counter = _nextInBucket[counter] - 1)
        {
            if (_hashes[counter] == hash && _comparer.Equals(_keys[counter], key))
            {
                return counter;
            }
        }

        return -1;
    }

    // The key that was asked for least gives its counter to the new one, which may have had all of its count before: that is the error.
    private int Replace(int counter, TKey key, int hash)
    {
        _errors[counter] = _counters[counter];
        if (_errors[counter] > 0)
        {
            Unlink(counter);
        }
        else
        {
            _used++;
        }

        ref int bucket = ref _buckets[BucketOf(hash)];
        (_keys[counter], _hashes[counter], _nextInBucket[counter]) = (key, hash, bucket);
        bucket = counter + 1;
        return counter;
    }

    private void Unlink(int counter)
    {
        ref int link = ref _buckets[BucketOf(_hashes[counter])];
        while (link != counter + 1)
        {
            link = ref _nextInBucket[link - 1];
        }

        link = _nextInBucket[counter];
    }

    // Spread: hashes of numbers are the numbers.
    private int BucketOf(int hash) => (int)(((uint)hash * 0x9E3779B1u) >> 7) & (_buckets.Length - 1);

    // Halving rounds up, so that no count gets too low; what it adds is halved with the rest, and so stays below 1.
    private void Decay()
    {
        long halvings = (long)(_timeProvider.GetElapsedTime(_decayed) / _halfLife);
        if (halvings <= 0)
        {
            return;
        }

        _decayed += (long)(halvings * _halfLife.TotalSeconds * _timeProvider.TimestampFrequency);
        for (long i = Math.Min(halvings, 63); i > 0; i--)
        {
            _counters.Halve();
            _total = (_total + 1) / 2;
            foreach (ref long error in _errors.AsSpan())
            {
                error = (error + 1) / 2;
            }
        }
    }
}
