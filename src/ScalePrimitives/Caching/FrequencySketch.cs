using System.Diagnostics;

namespace ScalePrimitives.Caching;

/// <summary>
/// A count-min sketch of 4-bit counters that estimates how often a hash was seen lately (Cormode and Muthukrishnan 2005;
/// aged by halving as in TinyLFU: Einziger, Friedman and Manes 2017). Between two agings it errs only upwards, up to its
/// largest count. Not thread-safe.
/// </summary>
/// <param name="seed">Makes it unpredictable which keys share counters, so that nobody can choose keys that do.</param>
internal sealed class FrequencySketch(ulong seed)
{
    public const int MaxCount = 15;

    private const int Rows = 4;
    private const int CountersPerWord = 16;
    private const int BitsPerCounter = 4;
    private const ulong LowThreeBitsOfEachCounter = 0x7777_7777_7777_7777;

    // Measured over the recorded traces: 4 counters an entry lose a third of a point of hit ratio, 16 gain nothing for twice
    // the memory.
    private const int CountersPerEntry = 8;
    private const int MinEntries = 128; // 1,024 counters

    // An aging every ten accesses an entry, as TinyLFU proposes. A small sketch ages later: the reuse that it has to tell
    // from noise lies many cache sizes apart, and 1,024 counters hold it.
    private const int SamplesPerEntry = 10;
    private const int MinSamplesPerAging = 10_240;

    private ulong[] _words = new ulong[MinEntries * CountersPerEntry / CountersPerWord];
    private int _entries; // the most that the sketch was asked to serve; its size is that, rounded up to a power of two
    private long _samples;

    /// <summary>Gets the number of counters, a power of two from 1,024.</summary>
    public long CounterCount => (long)_words.Length * CountersPerWord;

    private int EntryCount => _words.Length * (CountersPerWord / CountersPerEntry);

    /// <summary>Makes the sketch large enough for that many entries; estimates stay as they are.</summary>
    public void EnsureRoomFor(int entries)
    {
        _entries = Math.Max(_entries, entries);
        while (entries > EntryCount && _words.Length <= Array.MaxLength / 2)
        {
            // A counter's index gains a high bit, so it is found in one of the two halves: both begin with its count.
            ulong[] doubled = new ulong[_words.Length * 2];
            _words.CopyTo(doubled, 0);
            _words.CopyTo(doubled, _words.Length);
            _words = doubled;
        }
    }

    /// <summary>Returns how often <paramref name="hash"/> was seen lately: 0 to 15.</summary>
    public int Estimate(uint hash)
    {
        ulong mixed = Mix(hash);
        int estimate = MaxCount;
        for (int row = 0; row < Rows; row++)
        {
            (int word, int shift) = CounterOf(mixed, row);
            estimate = Math.Min(estimate, (int)(_words[word] >> shift) & MaxCount);
        }

        return estimate;
    }

    /// <summary>Counts one more sight of <paramref name="hash"/>, and ages the sketch when enough were counted.</summary>
    public void Increment(uint hash)
    {
        ulong mixed = Mix(hash);
        for (int row = 0; row < Rows; row++)
        {
            (int word, int shift) = CounterOf(mixed, row);
            if (((_words[word] >> shift) & MaxCount) < MaxCount)
            {
                _words[word] += 1UL << shift;
            }
        }

        // By the entries, not by the rounded size, which can be twice that: measured, a cache that forgets so late loses up to
        // eight points on a changing trace.
        if (++_samples >= Math.Max(MinSamplesPerAging, (long)_entries * SamplesPerEntry))
        {
            Age();
        }
    }

    private void Age()
    {
        for (int i = 0; i < _words.Length; i++)
        {
            // The shift moves each counter's lowest bit into its neighbour's highest, which the mask clears.
            _words[i] = (_words[i] >> 1) & LowThreeBitsOfEachCounter;
        }

        _samples /= 2;
    }

    // Two rounds of multiplying and folding: every bit of the result depends on every bit of the hash and of the seed.
    private ulong Mix(uint hash)
    {
        ulong mixed = (hash ^ seed) * 0x9E37_79B9_7F4A_7C15;
        mixed = (mixed ^ (mixed >> 32)) * 0xD6E8_FEB8_6659_FD93;
        return mixed ^ (mixed >> 32);
    }

    // Double hashing (Kirsch and Mitzenmacher 2006): the rows' counters are an arithmetic progression with an odd step,
    // so that they differ from one another in a table whose size is a power of two.
    private (int Word, int Shift) CounterOf(ulong mixed, int row)
    {
        ulong step = (mixed >> 32) | 1;
        ulong index = (mixed + ((ulong)row * step)) & ((ulong)CounterCount - 1);
        Debug.Assert(index < (ulong)CounterCount, "The mask is the size, a power of two, less one.");
        return ((int)(index / CountersPerWord), (int)(index % CountersPerWord) * BitsPerCounter);
    }
}
