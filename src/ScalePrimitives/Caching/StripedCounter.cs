using System.Numerics;

namespace ScalePrimitives.Caching;

/// <summary>
/// A sum to which many threads add without meeting one another: each adds to the cell of its thread id, and no two cells
/// share a cache line. Exact: nothing added is ever lost. Thread-safe; nothing allocates after construction.
/// </summary>
internal sealed class StripedCounter
{
    private const int MaxCells = 64; // 8 KiB

    // 128 bytes, because processors prefetch lines in pairs. The first stride keeps the cells off the array's length, which
    // every access reads.
    private const int Stride = 128 / sizeof(long);

    private readonly long[] _cells;
    private readonly int _mask;

    /// <summary>Initializes a counter at zero, with a cell for each processor, rounded up to a power of two and at most 64.</summary>
    public StripedCounter()
    {
        int count = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaxCells));
        _mask = count - 1;
        _cells = new long[Stride * (1 + count)];
    }

    /// <summary>Gets the sum of all that was added before, and of some of what is being added meanwhile. O(cells).</summary>
    public long Sum
    {
        get
        {
            long sum = 0;
            for (int cell = Stride; cell < _cells.Length; cell += Stride)
            {
                sum += Volatile.Read(ref _cells[cell]);
            }

            return sum;
        }
    }

    /// <summary>Adds one.</summary>
    public void Increment() => Add(1);

    /// <summary>Adds a number, which may be negative.</summary>
    public void Add(long value) =>
        Interlocked.Add(ref _cells[Stride * (1 + (Environment.CurrentManagedThreadId & _mask))], value);
}
