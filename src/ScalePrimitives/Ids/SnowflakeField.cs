using System.Runtime.InteropServices;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// One field of a <see cref="SnowflakeLayout"/>: what it holds and how many bits it takes. The default value has no bits and is refused by the layout.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SnowflakeField
{
    // 62 bits of timestamp leave one for the sign and one for the id to differ in; the others are exposed as int.
    private const int MaxTimestampBits = 62;
    private const int MaxUnusedBits = 63;
    private const int MaxNumberBits = 31;

    private SnowflakeField(SnowflakeFieldKind kind, int bits)
    {
        Kind = kind;
        Bits = bits;
    }

    /// <summary>Gets what the field holds.</summary>
    public SnowflakeFieldKind Kind { get; }

    /// <summary>Gets the width of the field, in bits.</summary>
    public int Bits { get; }

    /// <summary>A field that is always zero.</summary>
    /// <param name="bits">The width, 1 to 63 bits.</param>
    /// <returns>The field.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is outside its range.</exception>
    public static SnowflakeField Unused(int bits) => new(SnowflakeFieldKind.Unused, Guard.InRange(bits, 1, MaxUnusedBits));

    /// <summary>The field of the time units since the epoch.</summary>
    /// <param name="bits">The width, 1 to 62 bits.</param>
    /// <returns>The field.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is outside its range.</exception>
    public static SnowflakeField Timestamp(int bits) => new(SnowflakeFieldKind.Timestamp, Guard.InRange(bits, 1, MaxTimestampBits));

    /// <summary>The field of the issuer's datacenter.</summary>
    /// <param name="bits">The width, 1 to 31 bits.</param>
    /// <returns>The field.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is outside its range.</exception>
    public static SnowflakeField Datacenter(int bits) => new(SnowflakeFieldKind.Datacenter, Guard.InRange(bits, 1, MaxNumberBits));

    /// <summary>The field of the issuing server.</summary>
    /// <param name="bits">The width, 1 to 31 bits.</param>
    /// <returns>The field.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is outside its range.</exception>
    public static SnowflakeField Server(int bits) => new(SnowflakeFieldKind.Server, Guard.InRange(bits, 1, MaxNumberBits));

    /// <summary>The field that counts ids within a time unit.</summary>
    /// <param name="bits">The width, 1 to 31 bits.</param>
    /// <returns>The field.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is outside its range.</exception>
    public static SnowflakeField Sequence(int bits) => new(SnowflakeFieldKind.Sequence, Guard.InRange(bits, 1, MaxNumberBits));
}
