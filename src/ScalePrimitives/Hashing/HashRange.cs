using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Hashing;

/// <summary>An arc of the hash space that does not wrap. Both ends belong to it, so that the whole space can be said.</summary>
public readonly record struct HashRange
{
    /// <summary>Initializes a range. The default value is the range of the hash 0 alone.</summary>
    /// <param name="first">The smallest hash of the range.</param>
    /// <param name="last">The greatest hash of the range, at least <paramref name="first"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="last"/> is below <paramref name="first"/>.</exception>
    public HashRange(ulong first, ulong last)
    {
        First = first;
        Last = Guard.InRange(last, first, ulong.MaxValue);
    }

    /// <summary>Gets the smallest hash of the range.</summary>
    public ulong First { get; }

    /// <summary>Gets the greatest hash of the range.</summary>
    public ulong Last { get; }

    /// <summary>Gets how much of the hash space the range covers: above 0, at most 1.</summary>
    public double Share => ((Last - First) + 1.0) / RingPoint.SpaceSize;

    /// <summary>Tells whether a hash lies in the range.</summary>
    /// <param name="keyHash">The hash.</param>
    /// <returns>True from <see cref="First"/> to <see cref="Last"/>.</returns>
    public bool Contains(ulong keyHash) => keyHash >= First && keyHash <= Last;

    /// <summary>Writes both ends in hexadecimal, as in <c>[0000000000000000, 7fffffffffffffff]</c>.</summary>
    /// <returns>The text, the same in every culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{First:x16}, {Last:x16}]");
}
