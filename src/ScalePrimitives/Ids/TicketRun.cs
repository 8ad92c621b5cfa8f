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
    /// <param name="isHalf">Whether it is the one in the middle, which only one call gets: time to fetch the next block.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTake(out long id, out bool isHalf)
    {
        if (Volatile.Read(ref _taken.Value) < numbers.Count)
        {
            long index = Interlocked.Increment(ref _taken.Value) - 1;
            if (index < numbers.Count)
            {
                isHalf = index == numbers.Count / 2;
                id = numbers.First + (index * numbers.Step);
                return true;
            }
        }

        id = 0;
        isHalf = false;
        return false;
    }

    /// <summary>Takes as many numbers as there are for a span, in a row.</summary>
    /// <returns>How many were written.</returns>
    public int Take(Span<long> destination, out bool passesHalf)
    {
        passesHalf = false;
        if (Volatile.Read(ref _taken.Value) >= numbers.Count)
        {
            return 0;
        }

        int wanted = Math.Min(destination.Length, numbers.Count);
        long start = Interlocked.Add(ref _taken.Value, wanted) - wanted;
        int count = (int)Math.Clamp(numbers.Count - start, 0, wanted);
        int half = numbers.Count / 2;
        passesHalf = start <= half && half < start + count;
        long id = numbers.First + (start * numbers.Step);
        for (int i = 0; i < count; i++)
        {
            destination[i] = id;
            id = unchecked(id + numbers.Step); // past the last one it may not fit, and is not used
        }

        return count;
    }
}
