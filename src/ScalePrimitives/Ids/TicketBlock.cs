using System.Globalization;
using System.Runtime.InteropServices;

namespace ScalePrimitives.Ids;

/// <summary>Numbers that a store has reserved for one caller: <c>First</c>, <c>First + Step</c>, and so on, <c>Count</c> of them.</summary>
/// <param name="First">The first number, 0 or more.</param>
/// <param name="Step">The distance of one number to the next, from 1: how many masters share the numbers.</param>
/// <param name="Count">How many numbers there are, from 1. The last one, <c>First + Step * (Count - 1)</c>, does not overflow.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TicketBlock(long First, long Step, int Count)
{
    /// <summary>Gets the last number of a block that was checked.</summary>
    internal long Last => First + (Step * (Count - 1));

    /// <summary>Returns the block when it is one, and of as many numbers as were asked for.</summary>
    /// <exception cref="InvalidOperationException">The store has broken its promise.</exception>
    internal TicketBlock Checked(string name, int count) => Count == count && First >= 0 && Step >= 1 && (long.MaxValue - First) / Step >= Count - 1
        ? this
        : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The store was asked for {count} numbers of '{name}' and gave {this}."));
}
