using System.Numerics;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// A small buffer that carries sampled hashes from readers, who hold no lock, to the one writer who does. It may lose
/// hashes, or yield one twice, when threads meet; it never tears one, never blocks, and allocates nothing.
/// </summary>
/// <remarks>
/// Striped by thread, each stripe in cache lines of its own. A stripe is an array segment whose first cell counts the hashes
/// that follow. All access is by reads and writes of aligned 32-bit cells, bounded by what the same call has read: the
/// worst that a race does is to overwrite a hash or to turn a count back. A full stripe is only read, so that readers of a
/// cache that nobody writes to share its lines.
/// </remarks>
internal sealed class LossySample
{
    /// <summary>How many hashes a thread can add before the writer comes.</summary>
    public const int StripeCapacity = 255; // and the count: 1 KiB

    private const int MaxStripes = 8;
    private const int StripeLength = StripeCapacity + 1;
    private const int CellsPerCacheLine = 16;

    private readonly int _stripeCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaxStripes));
    private readonly uint[] _cells;
    private readonly uint[] _stripe = new uint[StripeCapacity]; // the one that was taken last
    private int _taken; // of it, how many have been handed out
    private int _takenEnd;
    private int _next; // the stripe to take from first

    public LossySample() => _cells = new uint[(_stripeCount * StripeLength) + (2 * CellsPerCacheLine)];

    /// <summary>Adds a hash, unless the thread's stripe is full. By any thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(uint hash)
    {
        int stripe = StartOf(Environment.CurrentManagedThreadId);
        uint count = _cells[stripe];
        if (count < StripeCapacity)
        {
            _cells[stripe + 1 + (int)count] = hash;
            Volatile.Write(ref _cells[stripe], count + 1); // after the hash: the writer never takes a cell not yet written
        }
    }

    /// <summary>Takes hashes in the order in which a stripe got them, from one stripe after the other. Under the writers' lock.</summary>
    /// <param name="maxCount">How many at most. What is left of a stripe comes first the next time.</param>
    /// <returns>The hashes, valid until the next call.</returns>
    public ReadOnlySpan<uint> Take(int maxCount)
    {
        if (_taken == _takenEnd)
        {
            TakeStripe();
        }

        ReadOnlySpan<uint> taken = _stripe.AsSpan(_taken, Math.Min(maxCount, _takenEnd - _taken));
        _taken += taken.Length;
        return taken;
    }

    // Whole, so that readers can fill it anew at once.
    private void TakeStripe()
    {
        for (int i = 0; i < _stripeCount; i++)
        {
            int stripe = StartOf(_next++);
            int count = (int)Volatile.Read(ref _cells[stripe]);
            if (count > 0)
            {
                _cells.AsSpan(stripe + 1, count).CopyTo(_stripe);
                _cells[stripe] = 0;
                (_taken, _takenEnd) = (0, count);
                return;
            }
        }
    }

    // A cache line stays free before the first stripe and after the last one, for whatever lies beside the array.
    private int StartOf(int number) => ((number & (_stripeCount - 1)) * StripeLength) + CellsPerCacheLine;
}
