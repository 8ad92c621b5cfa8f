namespace ScalePrimitives.Internal;

/// <summary>
/// Waits for another thread that is a few instructions away, or one turn of the scheduler. Unlike <see cref="SpinWait"/>,
/// whose sleeps <see cref="Thread.Interrupt"/> ends by an exception, it never throws, so that it may stand between two steps
/// of which the second must follow.
/// </summary>
internal struct Backoff
{
    private const int MaxDoublings = 7; // 128 iterations: about a microsecond

    private int _doublings;

    /// <summary>Waits a little, and longer each time; from the eighth time on it lets other threads run.</summary>
    public void Wait()
    {
        if (_doublings < MaxDoublings && Environment.ProcessorCount > 1)
        {
            Thread.SpinWait(1 << _doublings++);
        }
        else
        {
            Thread.Yield();
        }
    }
}
