using System.Diagnostics;

namespace ScalePrimitives.Clocks;

/// <summary>The same as <see cref="CounterKernel"/>, one counter at a time: its oracle, and its way for short spans.</summary>
internal static class CounterKernelScalar
{
    public static CausalOrder Compare(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right)
    {
        Debug.Assert(left.Length == right.Length, "Counters are compared actor by actor.");
        CausalOrder order = CausalOrder.Equal;
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] < right[i])
            {
                order |= CausalOrder.Before;
            }
            else if (left[i] > right[i])
            {
                order |= CausalOrder.After;
            }
        }

        return order;
    }

    public static void Max(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination)
    {
        Debug.Assert(left.Length == right.Length && left.Length == destination.Length, "Counters are merged actor by actor.");
        for (int i = 0; i < left.Length; i++)
        {
            destination[i] = Math.Max(left[i], right[i]);
        }
    }
}
