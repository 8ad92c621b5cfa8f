using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ScalePrimitives.Clocks;

/// <summary>
/// Pointwise comparison and maximum of the counters of the same actors, a vector at a time. Whatever it answers,
/// <see cref="CounterKernelScalar"/> answers too; that one also serves spans shorter than a vector and processors without any.
/// </summary>
/// <remarks>
/// A length that is no multiple of the vector's ends with a vector that overlaps the one before. Both operations are
/// idempotent, so that an element seen twice does no harm, and no scalar tail is needed.
/// </remarks>
internal static class CounterKernel
{
    // Whether the two are concurrent already is asked now and then: asked at each vector, it would cost as much as the vector.
    private const int VectorsBetweenLooks = 8;

    /// <summary>Orders <paramref name="left"/> against <paramref name="right"/>, of equal length; stops soon after they are known to be concurrent.</summary>
    public static CausalOrder Compare(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right)
    {
        Debug.Assert(left.Length == right.Length, "Counters are compared actor by actor.");
        if (!Vector.IsHardwareAccelerated || left.Length < Vector<ulong>.Count)
        {
            return CounterKernelScalar.Compare(left, right);
        }

        ref ulong leftStart = ref MemoryMarshal.GetReference(left);
        ref ulong rightStart = ref MemoryMarshal.GetReference(right);
        int last = left.Length - Vector<ulong>.Count;
        Vector<ulong> rightAhead = Vector<ulong>.Zero;
        Vector<ulong> leftAhead = Vector<ulong>.Zero;
        for (int i = 0; i < last;)
        {
            int end = Math.Min(i + (VectorsBetweenLooks * Vector<ulong>.Count), last);
            for (; i < end; i += Vector<ulong>.Count)
            {
                CompareAt(ref leftStart, ref rightStart, i, ref leftAhead, ref rightAhead);
            }

            if (rightAhead != Vector<ulong>.Zero && leftAhead != Vector<ulong>.Zero)
            {
                return CausalOrder.Concurrent;
            }
        }

        CompareAt(ref leftStart, ref rightStart, last, ref leftAhead, ref rightAhead);
        return (rightAhead != Vector<ulong>.Zero ? CausalOrder.Before : CausalOrder.Equal)
            | (leftAhead != Vector<ulong>.Zero ? CausalOrder.After : CausalOrder.Equal);
    }

    /// <summary>Writes the greater of <paramref name="left"/> and <paramref name="right"/>, all of equal length, to <paramref name="destination"/>, which may be <paramref name="left"/>.</summary>
    public static void Max(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination)
    {
        Debug.Assert(left.Length == right.Length && left.Length == destination.Length, "Counters are merged actor by actor.");
        if (!Vector.IsHardwareAccelerated || left.Length < Vector<ulong>.Count)
        {
            CounterKernelScalar.Max(left, right, destination);
            return;
        }

        ref ulong leftStart = ref MemoryMarshal.GetReference(left);
        ref ulong rightStart = ref MemoryMarshal.GetReference(right);
        ref ulong destinationStart = ref MemoryMarshal.GetReference(destination);
        int last = left.Length - Vector<ulong>.Count;
        for (int i = 0; i < last; i += Vector<ulong>.Count)
        {
            MaxAt(ref leftStart, ref rightStart, ref destinationStart, i);
        }

        MaxAt(ref leftStart, ref rightStart, ref destinationStart, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CompareAt(ref ulong left, ref ulong right, int index, ref Vector<ulong> leftAhead, ref Vector<ulong> rightAhead)
    {
        Vector<ulong> l = Vector.LoadUnsafe(ref left, (nuint)index);
        Vector<ulong> r = Vector.LoadUnsafe(ref right, (nuint)index);

        // A lane differs from the maximum only on the side that is behind.
        Vector<ulong> maximum = Vector.Max(l, r);
        rightAhead |= maximum ^ l;
        leftAhead |= maximum ^ r;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MaxAt(ref ulong left, ref ulong right, ref ulong destination, int index) =>
        Vector.Max(Vector.LoadUnsafe(ref left, (nuint)index), Vector.LoadUnsafe(ref right, (nuint)index))
            .StoreUnsafe(ref destination, (nuint)index);
}
