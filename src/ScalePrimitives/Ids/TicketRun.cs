using System.Numerics;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>A block of numbers that threads take from without a lock: each number once. Thread-safe.</summary>
internal sealed class TicketRun(TicketBlock numbers)
{
    // How many were taken, or asked for in vain. It passes Count by no more than one request of each thread, because what is seen
    // to be used up is not asked again: so it cannot overflow and hand the numbers out anew.
    private PaddedInt64 _taken;

    /// <summary>Gets a run that is used up.</summary>
    public static TicketRun Empty => new(new TicketBlock(0, 1, 0));

    /// <summary>Takes one number.</summary>
    /// <param name="id">The number.</param>
    /// <param name="isDue">Whether it is time to fetch the next block, if that is not there: in the middle, and again whenever half of the rest is taken, should that fail.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTake(out long id, out bool isDue)
    {
        if (Volatile.Read(ref _taken.Value) < numbers.Count)
        {
            long index = Interlocked.Increment(ref _taken.Value) - 1;
            if (index < numbers.Count)
            {
                isDue = IsDue(index, 1);
                id = numbers.First + (index * numbers.Step);
                return true;
            }
        }

        id = 0;
        isDue = false;
        return false;
    }

    /// <summary>Takes as many numbers as there are for a span, in a row.</summary>
    /// <returns>How many were written.</returns>
    public int Take(Span<long> destination, out bool isDue)
    {
        isDue = false;
        if (Volatile.Read(ref _taken.Value) >= numbers.Count)
        {
            return 0;
        }

        int wanted = Math.Min(destination.Length, numbers.Count);
        long start = Interlocked.Add(ref _taken.Value, wanted) - wanted;
        int count = (int)Math.Clamp(numbers.Count - start, 0, wanted);
        isDue = IsDue(start, count);
        long id = numbers.First + (start * numbers.Step);
        for (int i = 0; i < count; i++)
        {
            destination[i] = id;
            id = unchecked(id + numbers.Step); // past the last one it may not fit, and is not used
        }

        return count;
    }

    // Of the numbers from an index on: is the middle one among them, or one past it, with which a power of two are left?
    private bool IsDue(long index, int count)
    {
        int half = numbers.Count / 2;
        if (index + count <= half || count == 0)
        {
            return false;
        }

        long left = numbers.Count - index; // with the first of them
        return index <= half || (long)BitOperations.RoundUpToPowerOf2((ulong)(left - count + 1)) <= left;
    }
}
