using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>How a <see cref="SlotTable{TNode}"/> divides the hash space.</summary>
public sealed record SlotTableOptions
{
    private const int MinSlotCount = 1 << 8;
    private const int MaxSlotCount = 1 << 24;

    /// <summary>
    /// Gets or sets how many slots there are. It belongs to the identity of the table: tables of different counts place keys
    /// differently, and cannot be compared. The load of one of N equal nodes deviates by about √(N / 2 slots).
    /// </summary>
    /// <value>
    /// A power of two from 256 to 16,777,216; the default is 65,536, good for up to a few hundred nodes; take about 1,000 for each node.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a power of two from 256 to 16,777,216.</exception>
    public int SlotCount { get; set => field = Check(value); } = 65_536;

    /// <summary>The least count that gives a node with this share of the weight a slot, whatever its id; 0 when no count allowed does.</summary>
    /// <remarks>
    /// With s slots due, the chance to get none is about e^(−1.6 s): the node must lose at each of its ranks, which it does at
    /// rank r with probability 1 − e^(−r/s). At 16 that is 4 · 10^-12.
    /// </remarks>
    internal static int SufficientFor(double share)
    {
        const int SlotsDue = 16;
        for (int count = MinSlotCount; count <= MaxSlotCount; count *= 2)
        {
            if (count * share >= SlotsDue)
            {
                return count;
            }
        }

        return 0;
    }

    private static int Check(int value, [CallerMemberName] string member = "") => value is >= MinSlotCount and <= MaxSlotCount && BitOperations.IsPow2(value)
        ? value
        : throw new ArgumentOutOfRangeException(
            member,
            value,
            string.Create(CultureInfo.InvariantCulture, $"{member} must be a power of two from {MinSlotCount} to {MaxSlotCount}, but was {value}."));
}
