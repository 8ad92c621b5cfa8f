using System.Runtime.InteropServices;

namespace ScalePrimitives.Hashing;

/// <summary>A position on the ring and the index of the node that owns the arc ending there.</summary>
/// <remarks>
/// Packed to 12 bytes, so that a point and its share of the start table (4 bytes) take 16. Position and owner lie side by side:
/// a lookup touches one cache line for both.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct RingPoint(ulong Position, int Owner) : IComparable<RingPoint>
{
    /// <summary>2^64, the number of positions.</summary>
    public const double SpaceSize = 18_446_744_073_709_551_616.0;

    /// <summary>Ties go to the smaller owner index, which is the smaller id: the first of equal points owns their arc.</summary>
    public int CompareTo(RingPoint other)
    {
        int order = Position.CompareTo(other.Position);
        return order != 0 ? order : Owner.CompareTo(other.Owner);
    }
}
