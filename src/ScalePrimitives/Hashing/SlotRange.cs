using System.Globalization;

namespace ScalePrimitives.Hashing;

/// <summary>Neighbouring slots. Both ends belong to the range.</summary>
/// <param name="First">The smallest slot of the range, at least 0.</param>
/// <param name="Last">The greatest slot of the range, at least <paramref name="First"/>.</param>
public readonly record struct SlotRange(int First, int Last)
{
    /// <summary>Gets how many slots the range has, at least 1.</summary>
    public int Count => Last - First + 1;

    /// <summary>Tells whether a slot lies in the range.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>True from <see cref="First"/> to <see cref="Last"/>.</returns>
    public bool Contains(int slot) => slot >= First && slot <= Last;

    /// <summary>Writes both ends, as in <c>[17, 19]</c>.</summary>
    /// <returns>The text, the same in every culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{First}, {Last}]");
}
