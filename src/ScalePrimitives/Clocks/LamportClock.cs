using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Clocks;

/// <summary>
/// Counts events so that one which happened before another, on whichever machine, has the smaller number. The converse does not hold: for that there is
/// <see cref="VectorClock"/>; and the numbers tell no time: for that there is <see cref="HybridLogicalClock"/>. Lock-free and thread-safe; 0 bytes.
/// </summary>
/// <param name="last">The number to go on from: the last one that was stored; the default is 0, so that the first event has 1.</param>
/// <remarks>Two machines may use the same number; for a total order, compare the machine's id next. Source: L. Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978.</remarks>
public sealed class LamportClock(ulong last = 0)
{
    private PaddedInt64 _last = new() { Value = (long)last }; // read as unsigned

    /// <summary>Gets the number of the last event.</summary>
    public ulong Last => (ulong)Volatile.Read(ref _last.Value);

    /// <summary>Numbers an event of this machine, such as the sending of a message.</summary>
    /// <returns>A number above all before.</returns>
    /// <exception cref="OverflowException">The last number was <see cref="ulong.MaxValue"/>.</exception>
    public ulong Tick() => Advance(received: 0);

    /// <summary>Numbers the receiving of a message.</summary>
    /// <param name="remote">The number that came with it, 0 to 2^64 - 2. Trusted: a machine that sends the greatest leaves none for the others.</param>
    /// <returns>A number above <paramref name="remote"/> and above all before.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="remote"/> is <see cref="ulong.MaxValue"/>: no number is above it. Nothing is changed.</exception>
    /// <exception cref="OverflowException">The last number was <see cref="ulong.MaxValue"/>.</exception>
    public ulong Receive(ulong remote) => Advance(Guard.InRange(remote, 0UL, ulong.MaxValue - 1));

    private ulong Advance(ulong received)
    {
        ulong current = Last;
        while (true)
        {
            ulong greatest = Math.Max(current, received);
            if (greatest == ulong.MaxValue)
            {
                throw new OverflowException(string.Create(CultureInfo.InvariantCulture, $"The clock is at its last number, {greatest}."));
            }

            ulong found = (ulong)Interlocked.CompareExchange(ref _last.Value, (long)(greatest + 1), (long)current);
            if (found == current)
            {
                return greatest + 1;
            }

            current = found;
        }
    }
}
