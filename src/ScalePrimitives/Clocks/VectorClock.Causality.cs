namespace ScalePrimitives.Clocks;

// Order and union. Replicas of the same data mostly know the same actors: then the counters alone are looked at, vector by
// vector. Otherwise the two sorted lists of actors are walked side by side, run of common actors by run.
public sealed partial class VectorClock
{
    /// <summary>Tells how this clock stands to another. O(n), allocates nothing, and stops as soon as the two are known to be concurrent.</summary>
    /// <param name="other">The other clock.</param>
    /// <returns>
    /// <see cref="CausalOrder.Before"/> when the other has seen all that this one has, and more; <see cref="CausalOrder.After"/> when it
    /// is the other way round; <see cref="CausalOrder.Equal"/> or <see cref="CausalOrder.Concurrent"/> otherwise.
    /// </returns>
    public CausalOrder Compare(VectorClock other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return HasActorsOf(other)
            ? CounterKernel.Compare(_counters, other._counters)
            : CompareRuns(other);
    }

    /// <summary>Tells whether this clock has seen all that another has. O(n), allocates nothing.</summary>
    /// <param name="other">The other clock.</param>
    /// <returns><see langword="true"/> when this clock is after the other or equal to it.</returns>
    public bool Descends(VectorClock other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Count >= other.Count && Compare(other) is CausalOrder.Equal or CausalOrder.After;
    }

    /// <summary>Joins two histories. Commutative, associative and idempotent. O(n).</summary>
    /// <param name="other">The other clock.</param>
    /// <returns>
    /// The clock that has seen what either has: for each actor the greater counter. One of the two clocks itself, with nothing
    /// allocated, when it has seen all that the other has.
    /// </returns>
    /// <exception cref="InvalidOperationException">Together they have more than <see cref="MaxCount"/> actors.</exception>
    public VectorClock Merge(VectorClock other)
    {
        ArgumentNullException.ThrowIfNull(other);
        bool hasActorsOfOther = HasActorsOf(other);
        switch (hasActorsOfOther ? CounterKernel.Compare(_counters, other._counters) : CompareRuns(other))
        {
            case CausalOrder.Before:
                return other;
            case CausalOrder.Concurrent:
                return hasActorsOfOther ? MergeCounters(other) : MergeRuns(other);
            default:
                return this;
        }
    }

    // Clocks of one lineage share the array; SequenceEqual sees that first.
    private bool HasActorsOf(VectorClock other) => _actors.AsSpan().SequenceEqual(other._actors);

    private VectorClock MergeCounters(VectorClock other)
    {
        ulong[] counters = GC.AllocateUninitializedArray<ulong>(Count);
        CounterKernel.Max(_counters, other._counters, counters);
        return new VectorClock(_actors, counters);
    }

    private CausalOrder CompareRuns(VectorClock other)
    {
        ReadOnlySpan<ulong> left = _actors;
        ReadOnlySpan<ulong> right = other._actors;

        // An actor that one side lacks puts the other ahead, and the one with more actors has at least one such.
        CausalOrder order = left.Length == right.Length ? CausalOrder.Equal : left.Length > right.Length ? CausalOrder.After : CausalOrder.Before;
        int i = 0;
        int j = 0;
        while (i < left.Length && j < right.Length && order != CausalOrder.Concurrent)
        {
            if (left[i] == right[j])
            {
                int run = left[i..].CommonPrefixLength(right[j..]);
                order |= CounterKernel.Compare(_counters.AsSpan(i, run), other._counters.AsSpan(j, run));
                i += run;
                j += run;
            }
            else if (left[i] < right[j])
            {
                order |= CausalOrder.After;
                i++;
            }
            else
            {
                order |= CausalOrder.Before;
                j++;
            }
        }

        order |= i < left.Length ? CausalOrder.After : CausalOrder.Equal;
        return order | (j < right.Length ? CausalOrder.Before : CausalOrder.Equal);
    }

    private VectorClock MergeRuns(VectorClock other)
    {
        int count = Count + other.Count - CountCommon(_actors, other._actors);
        ThrowIfFull(count - 1);
        ulong[] actors = GC.AllocateUninitializedArray<ulong>(count);
        ulong[] counters = GC.AllocateUninitializedArray<ulong>(count);
        WriteUnion(other, actors, counters);
        return new VectorClock(actors, counters);
    }

    /// <summary>Writes the entries of both, in order, to destinations that have room for exactly these.</summary>
    private void WriteUnion(VectorClock other, Span<ulong> actors, Span<ulong> counters)
    {
        ReadOnlySpan<ulong> left = _actors;
        ReadOnlySpan<ulong> right = other._actors;
        int i = 0;
        int j = 0;
        int at = 0;
        while (i < left.Length && j < right.Length)
        {
            int run = 1;
            if (left[i] == right[j])
            {
                run = left[i..].CommonPrefixLength(right[j..]);
                left.Slice(i, run).CopyTo(actors[at..]);
                CounterKernel.Max(_counters.AsSpan(i, run), other._counters.AsSpan(j, run), counters.Slice(at, run));
                i += run;
                j += run;
            }
            else if (left[i] < right[j])
            {
                (actors[at], counters[at]) = (left[i], _counters[i]);
                i++;
            }
            else
            {
                (actors[at], counters[at]) = (right[j], other._counters[j]);
                j++;
            }

            at += run;
        }

        // Only one of the two has anything left.
        left[i..].CopyTo(actors[at..]);
        right[j..].CopyTo(actors[at..]);
        _counters.AsSpan(i).CopyTo(counters[at..]);
        other._counters.AsSpan(j).CopyTo(counters[at..]);
    }

    private static int CountCommon(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right)
    {
        int common = 0;
        int i = 0;
        int j = 0;
        while (i < left.Length && j < right.Length)
        {
            if (left[i] == right[j])
            {
                int run = left[i..].CommonPrefixLength(right[j..]);
                common += run;
                i += run;
                j += run;
            }
            else if (left[i] < right[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return common;
    }
}
