using System.Numerics;

namespace ScalePrimitives.Sharding;

/// <summary>
/// The keys recorded most, and how often, of which older records count less: the stream summary of Space-Saving (Metwally, Agrawal, El Abbadi, 2005). Not thread-safe: whoever calls holds the
/// <see cref="Gate"/>.
/// </summary>
internal sealed class StreamSummary<TKey>
    where TKey : notnull
{
    private const int RecordsBetweenClockReads = 256;

    private readonly SeededComparer<TKey> _comparer;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _halfLife;
    private readonly RankedCounters _counters;

    // The key of each counter, and a chained hash table from keys to counters. A counter whose error and count are 0 has no key yet.
    private readonly TKey[] _keys;
    private readonly int[] _hashes;
    private readonly long[] _errors;
    private readonly int[] _nextInBucket;
    private readonly int[] _buckets; // the first counter of each and 1 more; 0 for none
    private long _decayed; // when the counts were last halved
    private uint _records;

    public StreamSummary(HotKeyOptions options, SeededComparer<TKey> comparer, long started)
    {
        (_timeProvider, _halfLife, _comparer, _decayed) = (options.TimeProvider, options.HalfLife, comparer, started);
        _counters = new RankedCounters(options.Capacity);
        _keys = new TKey[options.Capacity];
        _hashes = new int[options.Capacity];
        _errors = new long[options.Capacity];
        _nextInBucket = new int[options.Capacity];
        _buckets = new int[(int)BitOperations.RoundUpToPowerOf2((uint)options.Capacity * 2)];
    }

    public Lock Gate { get; } = new();

    /// <summary>Gets how many records there were, by the last <see cref="Decay"/>.</summary>
    public long Total { get; private set; }

    public int Count { get; private set; }

    /// <summary>Gets how often a key can have been recorded that is not among the counted.</summary>
    public long Least => _counters[_counters.Least];

    /// <summary>Gets the key of a rank, 0 being the most recorded.</summary>
    public HotKey<TKey> this[int rank]
    {
        get
        {
            int counter = _counters.FromTop(rank);
            return new HotKey<TKey>(_keys[counter], _counters[counter], _errors[counter]);
        }
    }

    public void Record(TKey key, int hash)
    {
        if (++_records % RecordsBetweenClockReads == 0)
        {
            Decay();
        }

        Total++;
        int counter = Find(key, hash);
        if (counter < 0)
        {
            counter = Replace(_counters.Least, key, hash);
        }

        _counters.Increment(counter);
    }

    // Halving rounds up, so that no count gets too low; what it adds is halved with the rest, and so stays below 1.
    public void Decay()
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
            Total = (Total + 1) / 2;
            foreach (ref long error in _errors.AsSpan())
            {
                error = (error + 1) / 2;
            }
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
            Count++;
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

    private int BucketOf(int hash) => hash & (_buckets.Length - 1);
}
