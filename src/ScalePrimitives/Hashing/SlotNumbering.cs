using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace ScalePrimitives.Hashing;

/// <summary>Copies the indexes of nodes when a node joins or leaves and those behind it are renumbered, sixteen at a time.</summary>
/// <remarks>There are as many as slots, or twice as many: whole vectors. <see cref="SlotArrivals.Nobody"/> stays what it is.</remarks>
internal static class SlotNumbering
{
    /// <summary>Makes room for a new node: the indexes at or after its own go up by one.</summary>
    public static void CopyForAdded(ReadOnlySpan<ushort> source, Span<ushort> destination, int index)
    {
        Debug.Assert(source.Length % Vector256<ushort>.Count == 0, "Only whole vectors are copied.");
        Vector256<ushort> first = Vector256.Create((ushort)index);
        for (int i = 0; i < source.Length; i += Vector256<ushort>.Count)
        {
            // A comparison yields all ones, which is −1, where it holds.
            Vector256<ushort> nodes = Vector256.Create(source[i..]);
            Vector256<ushort> moved = Vector256.GreaterThanOrEqual(nodes, first) & ~Vector256.Equals(nodes, Vector256<ushort>.AllBitsSet);
            (nodes - moved).CopyTo(destination[i..]);
        }
    }

    /// <summary>Closes the gap of a node that left: the indexes after its own go down by one. Where its own stands is to be set anew.</summary>
    public static void CopyForRemoved(ReadOnlySpan<ushort> source, Span<ushort> destination, int index)
    {
        Debug.Assert(source.Length % Vector256<ushort>.Count == 0, "Only whole vectors are copied.");
        Vector256<ushort> removed = Vector256.Create((ushort)index);
        for (int i = 0; i < source.Length; i += Vector256<ushort>.Count)
        {
            Vector256<ushort> nodes = Vector256.Create(source[i..]);
            Vector256<ushort> moved = Vector256.GreaterThan(nodes, removed) & ~Vector256.Equals(nodes, Vector256<ushort>.AllBitsSet);
            (nodes + moved).CopyTo(destination[i..]);
        }
    }

    /// <summary>The first place of an index at or after a start; negative when there is none.</summary>
    public static int IndexOf(ReadOnlySpan<ushort> nodes, ushort index, int start)
    {
        int found = nodes[start..].IndexOf(index);
        return found < 0 ? found : start + found;
    }
}
