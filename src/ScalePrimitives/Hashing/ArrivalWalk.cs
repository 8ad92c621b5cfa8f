using System.Buffers;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Goes through nodes in the order of their arrivals, which come in no order: the earliest few are found by a look at all, then the next, and more of
/// them, since sorting all would take longest. Those that cannot be taken anyway are left out: so almost always the first few do.
/// </summary>
internal static class ArrivalWalk
{
    private const int FirstBatch = 4;
    private const int Growth = 8;

    /// <summary>Where arrivals come from.</summary>
    public interface ISource
    {
        /// <summary>Offers the arrivals of the nodes that a filter lets through. It is asked only about nodes that are among the earliest so far.</summary>
        void OfferAll<TFilter>(scoped TFilter filter, ref FirstArrivals first)
            where TFilter : struct, IFilter, allows ref struct;
    }

    /// <summary>Says which nodes are of interest.</summary>
    public interface IFilter
    {
        bool LetsThrough(int index);
    }

    /// <summary>All are.</summary>
    public readonly struct AllNodes : IFilter
    {
        public bool LetsThrough(int index) => true;
    }

    /// <inheritdoc cref="IPreferenceWalk.FindFirst"/>
    [SkipLocalsInit]
    public static int FindFirst<TSource, TChoice>(TSource source, int nodes, ReadOnlySpan<int> asked, ref TChoice choice)
        where TSource : struct, ISource
        where TChoice : struct, INodeChoice
    {
        using var done = new NodeBits(stackalloc ulong[NodeBits.BufferLength], nodes, asked);
        Span<Arrival> buffer = stackalloc Arrival[FirstArrivals.BufferLength];
        int found = FindFirst(source, done, buffer, stackalloc int[FirstBatch], ref choice, out bool isLast);
        for (int wanted = FirstBatch * Growth; !isLast; wanted *= Growth)
        {
            int[] rented = ArrayPool<int>.Shared.Rent(wanted);
            try
            {
                found = FindFirst(source, done, buffer, rented, ref choice, out isLast);
            }
            finally
            {
                ArrayPool<int>.Shared.Return(rented);
            }
        }

        return found;
    }

    // The first of the next batch; the last batch is one that has it, or that is not full.
    private static int FindFirst<TSource, TChoice>(TSource source, NodeBits done, Span<Arrival> buffer, Span<int> batch, ref TChoice choice, out bool isLast)
        where TSource : struct, ISource
        where TChoice : struct, INodeChoice
    {
        var first = new FirstArrivals(buffer, batch.Length);
        var filter = new Undone<TChoice>(done, ref choice);
        source.OfferAll(filter, ref first);
        int count = first.Finish(batch);
        isLast = count < batch.Length;
        foreach (int index in batch[..count])
        {
            done.Add(index);
            if (choice.Takes(index))
            {
                isLast = true;
                return index;
            }
        }

        return -1;
    }

    private readonly ref struct Undone<TChoice>(NodeBits done, ref TChoice choice) : IFilter
        where TChoice : struct, INodeChoice
    {
        private readonly NodeBits _done = done;
        private readonly ref TChoice _choice = ref choice;

        public bool LetsThrough(int index) => !_done.Contains(index) && _choice.MayTake(index);
    }
}
