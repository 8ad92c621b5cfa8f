using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// The numbers that one of several masters hands out: offset, offset + step, offset + 2·step, … Masters with the same step and
/// different offsets never collide. Plain arithmetic for databases that are set up so already (auto_increment_increment and
/// auto_increment_offset of MySQL and MariaDB). Immutable; every call is O(1) and allocates nothing.
/// </summary>
public sealed record MultiMasterSequence
{
    /// <summary>Creates a sequence.</summary>
    /// <param name="offset">The first number, 1 to <paramref name="step"/>. More is refused: MariaDB takes it, and then silently
    /// leaves the progression, so that two masters can meet.</param>
    /// <param name="step">The distance from one number to the next, 1 or more: the number of masters that there can be.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public MultiMasterSequence(long offset, long step)
    {
        Step = Guard.InRange(step, 1, long.MaxValue);
        Offset = Guard.InRange(offset, 1, step);
    }

    /// <summary>Gets the first number.</summary>
    public long Offset { get; }

    /// <summary>Gets the distance from one number to the next.</summary>
    public long Step { get; }

    /// <summary>Returns the smallest number of the sequence that is greater than a value, such as the greatest in a table.</summary>
    /// <param name="value">Any value; 0 for an empty table.</param>
    /// <returns>A number of the sequence.</returns>
    /// <exception cref="OverflowException">That number exceeds <see cref="long.MaxValue"/>.</exception>
    public long After(long value) => value == long.MaxValue ? throw Overflow(value) : AtLeast(value + 1);

    /// <summary>Returns the smallest number of the sequence that is not below a value.</summary>
    /// <param name="value">Any value.</param>
    /// <returns>A number of the sequence.</returns>
    /// <exception cref="OverflowException">That number exceeds <see cref="long.MaxValue"/>.</exception>
    public long AtLeast(long value)
    {
        if (value <= Offset)
        {
            return Offset;
        }

        long past = (value - Offset) % Step;
        if (past == 0)
        {
            return value;
        }

        long gap = Step - past;
        return value <= long.MaxValue - gap ? value + gap : throw Overflow(value);
    }

    private OverflowException Overflow(long value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The sequence {Offset}, {Offset} + {Step}, … has no number past {value} that fits 64 bits."));
}
