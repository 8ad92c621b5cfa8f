using System.Diagnostics;
using System.Numerics;

namespace ScalePrimitives.Caching;

/// <summary>
/// A count-min sketch of 4-bit counters that estimates how often a hash was seen lately (Cormode and Muthukrishnan 2005;
/// aged by halving as in TinyLFU: Einziger, Friedman and Manes 2017). Between two agings it errs only upwards, up to its
/// largest count. Not thread-safe.
/// </summary>
/// <remarks>
/// <para><b>Memory:</b> 4 to 8 bytes an entry (8 counters, their number rounded up to a power of two), 4 KiB at least.</para>
/// <para><b>Blocks:</b> a hash has its four counters, one a row, in one block of 64 bytes, so that it costs one or two cache
/// misses, not four (blocking as in Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007).</para>
/// <para><b>No pause:</b> no call is longer for a large sketch. An aging only turns the generation: a block of the last
/// generation counts as half, and is halved when it is next counted in or when a sweep that goes on by one block a count
/// comes by. All estimates are at any time what halving everything at once would have made of them. The sketch grows a block
/// at a time by linear hashing (Litwin 1980): a new block begins as a copy of the one that its hashes were in before.</para>
/// </remarks>
internal sealed class FrequencySketch
{
    public const int MaxCount = 15;

    private const int Rows = 4;
    private const int BitsPerCounter = 4;
    private const int CountersPerWord = 64 / BitsPerCounter;
    private const int WordsPerRow = 2;
    private const int WordsPerBlock = Rows * WordsPerRow;
    private const int CountersPerRow = WordsPerRow * CountersPerWord;
    private const int CountersPerBlock = Rows * CountersPerRow;
    private const ulong LowThreeBitsOfEachCounter = 0x7777_7777_7777_7777;

    // Measured over the recorded traces: 1,024 counters at least instead of 8,192 lose 0.2 points of mean
    // hit ratio; twice the counters an entry gain less than a tenth.
    private const int CountersPerEntry = 8;
    private const int MinBlocks = 8192 / CountersPerBlock;
    private const int BlocksPerChunk = 2048; // 128 KiB, so that adding a chunk is quick

    // An aging every ten accesses an entry, as TinyLFU proposes. A small sketch ages later: the reuse that it has to tell
    // from noise lies many cache sizes apart, and its counters hold it.
    private const int SamplesPerEntry = 10;
    private const int MinSamplesPerAging = 10_240;

    private readonly ulong _offset;
    private readonly ulong _multiplier;
    private ulong[][] _chunks = [new ulong[MinBlocks * WordsPerBlock]];
    private byte[] _generations = new byte[MinBlocks]; // of each block: 0 or 1
    private int _blockCount = MinBlocks;
    private byte _generation;
    private int _swept = MinBlocks; // the blocks below are of this generation
    private long _samples;
    private long _samplesPerAging = MinSamplesPerAging;

    /// <param name="seed">Makes it unpredictable which keys share counters, so that nobody can choose keys that do.</param>
    public FrequencySketch(ulong seed)
    {
        _offset = Fold(seed * 0x9E37_79B9_7F4A_7C15);
        _multiplier = Fold((seed + 1) * 0xD6E8_FEB8_6659_FD93) | 1; // odd: no bit of the hash is lost
    }

    /// <summary>Gets the number of counters, from 8,192.</summary>
    public long CounterCount => (long)_blockCount * CountersPerBlock;

    /// <summary>Says how many entries the sketch serves now. It ages by that number from now on, and while it is too small
    /// for it, each call makes it one block larger; estimates stay as they are.</summary>
    public void Serve(int entries)
    {
        _samplesPerAging = Math.Max(MinSamplesPerAging, (long)entries * SamplesPerEntry);
        if ((long)entries * CountersPerEntry > (long)BitOperations.RoundUpToPowerOf2((uint)_blockCount) * CountersPerBlock
            || !BitOperations.IsPow2(_blockCount))
        {
            AddBlock();
        }
    }

    /// <summary>Says whether one that was made for so many entries would be less than a quarter as large.</summary>
    public bool IsTooLargeFor(int entries) =>
        _blockCount / 4 > Math.Max(MinBlocks, (int)BitOperations.RoundUpToPowerOf2((uint)((long)entries * CountersPerEntry / CountersPerBlock)));

    /// <summary>Returns how often <paramref name="hash"/> was seen lately: 0 to 15.</summary>
    public int Estimate(uint hash)
    {
        ulong mixed = Mix(hash);
        int block = BlockOf(mixed);
        ReadOnlySpan<ulong> words = WordsOf(block);
        int estimate = MaxCount;
        for (int row = 0; row < Rows; row++)
        {
            (int word, int shift) = CounterOf(mixed, row);
            estimate = Math.Min(estimate, (int)(words[word] >> shift) & MaxCount);
        }

        return _generations[block] == _generation ? estimate : estimate / 2;
    }

    /// <summary>Asks the processor to fetch the counters of <paramref name="hash"/>.</summary>
    public void Prefetch(uint hash)
    {
        int block = BlockOf(Mix(hash));
        Internal.Prefetch.Line(ref WordsOf(block)[0]);
        Internal.Prefetch.Line(ref WordsOf(block)[WordsPerBlock - 1]); // arrays begin anywhere in a line
        Internal.Prefetch.Line(ref _generations[block]);
    }

    /// <summary>Counts one more sight of <paramref name="hash"/>, and ages the sketch when enough were counted.</summary>
    public void Increment(uint hash)
    {
        ulong mixed = Mix(hash);
        int block = BlockOf(mixed);
        BringUpToDate(block);
        Span<ulong> words = WordsOf(block);
        for (int row = 0; row < Rows; row++)
        {
            (int word, int shift) = CounterOf(mixed, row);
            if (((words[word] >> shift) & MaxCount) < MaxCount)
            {
                words[word] += 1UL << shift;
            }
        }

        if (_swept < _blockCount)
        {
            BringUpToDate(_swept++);
        }

        // There are fewer blocks than samples between two agings, unless the entries have become far fewer: then it waits.
        if (++_samples >= _samplesPerAging && _swept == _blockCount)
        {
            _generation ^= 1;
            _swept = 0;
            _samples /= 2;
        }
    }

    private void BringUpToDate(int block)
    {
        if (_generations[block] == _generation)
        {
            return;
        }

        _generations[block] = _generation;
        foreach (ref ulong word in WordsOf(block))
        {
            // The shift moves each counter's lowest bit into its neighbour's highest, which the mask clears.
            word = (word >> 1) & LowThreeBitsOfEachCounter;
        }
    }

    private void AddBlock()
    {
        int block = _blockCount;
        if (block == _generations.Length)
        {
            Array.Resize(ref _generations, block * 2);
        }

        // The first chunk grows by doubling, so that a small cache has a small sketch.
        if (block < BlocksPerChunk && block * WordsPerBlock == _chunks[0].Length)
        {
            Array.Resize(ref _chunks[0], _chunks[0].Length * 2);
        }
        else if (block % BlocksPerChunk == 0)
        {
            Array.Resize(ref _chunks, _chunks.Length + 1);
            _chunks[^1] = GC.AllocateUninitializedArray<ulong>(BlocksPerChunk * WordsPerBlock);
        }

        int origin = block - (1 << BitOperations.Log2((uint)block));
        WordsOf(origin).CopyTo(WordsOf(block));
        _generations[block] = _generations[origin];
        _blockCount++;
    }

    private Span<ulong> WordsOf(int block) =>
        _chunks[block / BlocksPerChunk].AsSpan(block % BlocksPerChunk * WordsPerBlock, WordsPerBlock);

    // Linear hashing: as many bits as number the blocks, and one fewer for those blocks that do not exist yet.
    private int BlockOf(ulong mixed)
    {
        int half = 1 << BitOperations.Log2((uint)_blockCount - 1);
        int block = (int)(mixed >> 32) & ((half * 2) - 1);
        block = block < _blockCount ? block : block - half;
        Debug.Assert((uint)block < (uint)_blockCount, "A block that does not exist yet has its origin in the lower half.");
        return block;
    }

    // Two rounds of multiplying and folding: every bit of the result depends on every bit of the hash and of the seed, and
    // not in the same way for another seed.
    private ulong Mix(uint hash) => Fold(Fold((hash + _offset) * _multiplier) * 0xD6E8_FEB8_6659_FD93);

    private static ulong Fold(ulong value) => value ^ (value >> 32);

    // The low 32 bits choose the counters, 5 a row; the high ones have chosen the block.
    private static (int Word, int Shift) CounterOf(ulong mixed, int row)
    {
        int counter = (int)(mixed >> (row * BitOperations.Log2(CountersPerRow))) & (CountersPerRow - 1);
        return ((row * WordsPerRow) + (counter / CountersPerWord), counter % CountersPerWord * BitsPerCounter);
    }
}
