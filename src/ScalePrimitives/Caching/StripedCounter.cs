using System.Runtime.CompilerServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// A sum to which many threads add without meeting one another: each has a cell of its own, no two of them in one cache
/// line. Exact: nothing added is ever lost. Thread-safe; allocates when a thread with a new id first comes.
/// </summary>
/// <remarks>No interlocked operation: it would hold up the loads of the lookups behind it, which costs more than all else in
/// a hit. A cell is written by the thread alone whose id leads to it, and ids are given again only after a thread has ended.</remarks>
internal sealed class StripedCounter
{
    private const int Stride = 128 / sizeof(long); // processors prefetch cache lines in pairs
    private const int CellsPerBlockBits = 3;
    private const int CellsPerBlock = 1 << CellsPerBlockBits;

    private readonly Lock _gate = new();
    private long[]?[] _blocks = new long[]?[4]; // cells never move, or what is added meanwhile would be lost

    /// <summary>Gets the sum of all that was added before, and of some of what is being added meanwhile. O(threads).</summary>
    public long Sum
    {
        get
        {
            long sum = 0;
            foreach (long[]? block in Volatile.Read(ref _blocks))
            {
                for (int cell = Stride; block is not null && cell < block.Length; cell += Stride)
                {
                    sum += Volatile.Read(ref block[cell]);
                }
            }

            return sum;
        }
    }

    /// <summary>Adds one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Increment() => Add(1);

    /// <summary>Adds a number, which may be negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long value)
    {
        int thread = Environment.CurrentManagedThreadId;
        long[]?[] blocks = _blocks;
        int index = thread >> CellsPerBlockBits;
        long[] block = (uint)index < (uint)blocks.Length && blocks[index] is { } present ? present : BlockOf(index);

        // The first stride keeps the cells off the array's length, which every access reads.
        ref long cell = ref block[Stride * (1 + (thread & (CellsPerBlock - 1)))];
        Volatile.Write(ref cell, cell + value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private long[] BlockOf(int index)
    {
        lock (_gate)
        {
            if (index >= _blocks.Length)
            {
                long[]?[] more = new long[]?[Math.Max(index + 1, _blocks.Length * 2)];
                _blocks.CopyTo(more, 0);
                Volatile.Write(ref _blocks, more);
            }

            return _blocks[index] ??= new long[Stride * (1 + CellsPerBlock)];
        }
    }
}
