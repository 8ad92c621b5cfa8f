using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Rendezvous hashing, also called highest random weight: every node draws a score for every key, and the best owns it. Choose
/// it for up to about ten nodes, where it needs almost no memory, nothing to build, and balances every single key. Its lookup
/// asks every node: beyond that, choose <see cref="SlotTable{TNode}"/>.
/// </summary>
/// <remarks>
/// <para>
/// The score of a node of weight w is −w / ln u with u uniform between 0 and 1, drawn from the key's hash and
/// <see cref="KeyHash"/> of the id. It is compared as the time −ln u / w, the least of which wins: times are exponentially
/// distributed with the weight as their rate, so a node is first with a probability of exactly its share of the weight. Only the
/// ratio of weights matters. Ties go to the smaller id (ordinal). The logarithm is computed by operations that every platform rounds alike, so all agree.
/// </para>
/// <para>
/// A join takes keys only for the new node, a leave gives away only those of the one that left, a changed weight moves only
/// what that node gains or loses. Lookups take O(nodes), k replicas expected O(nodes + k log k); they allocate nothing. Memory
/// is 16 bytes a node. Immutable and thread-safe.
/// </para>
/// <para>
/// Sources: Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM ToN 1998; Schindelhauer and
/// Schomaker, "Weighted Distributed Hash Tables", SPAA 2005.
/// </para>
/// </remarks>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public sealed class RendezvousHash<TNode> : IConsistentHash<TNode>, IPreferenceWalk
    where TNode : INode
{
    private static readonly double LeastWeight = Math.ScaleB(1, -900); // times are from 2^−54 to 2^6 / weight, far from the ends of a double

    private readonly NodeSet<TNode> _nodes;
    private readonly (ulong Seed, double Weight)[] _racers;

    /// <summary>Takes the nodes.</summary>
    /// <param name="nodes">The nodes, in any order, at most 65,535; none is allowed, but then lookups throw.</param>
    /// <exception cref="ArgumentNullException"><paramref name="nodes"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">
    /// Two nodes have the same id (ordinal), an id is empty or ill-formed, a weight is not finite and above 0 or less than 2^−900
    /// (1.2 · 10^−271) of the greatest, or there are more than 65,535 nodes.
    /// </exception>
    public RendezvousHash(IEnumerable<TNode> nodes)
        : this(new NodeSet<TNode>(nodes), nameof(nodes))
    {
    }

    private RendezvousHash(NodeSet<TNode> nodes, string argument)
    {
        double[] weights = NodeSet.ScaleWeights(nodes.Weights, out _);
        int lightest = Array.FindIndex(weights, static weight => weight < LeastWeight);
        if (lightest >= 0)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The weights must be at least 2^-900 (1.2e-271) of the greatest, but that of node '{nodes[lightest].Id}' is {nodes.Weights[lightest]}."),
                argument);
        }

        _nodes = nodes;
        _racers = new (ulong, double)[nodes.Count];
        for (int index = 0; index < _racers.Length; index++)
        {
            // Mixed once, so that ids and keys hashed by the same function do not meet as equals.
            _racers[index] = (Mix64.Of(KeyHash.Of(nodes[index].Id) + Mix64.Step), weights[index]);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<TNode> Nodes => _nodes.List;

    /// <inheritdoc/>
    public int GetIndex(ulong keyHash)
    {
        (ulong Seed, double Weight)[] racers = _racers;
        if (racers.Length == 0)
        {
            ThrowEmpty();
        }

        Arrival best = Arrival.Never;
        for (int index = 0; index < racers.Length; index++)
        {
            Arrival arrival = ArrivalOf(index, keyHash);
            if (arrival.IsBefore(best))
            {
                best = arrival;
            }
        }

        return best.Node;
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public int GetIndexes(ulong keyHash, Span<int> destination)
    {
        if (_racers.Length == 0)
        {
            ThrowEmpty();
        }

        int wanted = Math.Min(destination.Length, _racers.Length);
        if (wanted == 0)
        {
            return 0;
        }

        var first = new FirstArrivals(stackalloc Arrival[FirstArrivals.BufferLength], wanted);
        new AtKey(this, keyHash).OfferAll(default(ArrivalWalk.AllNodes), ref first);
        return first.Finish(destination);
    }

    int IPreferenceWalk.FindFirst<TChoice>(ulong keyHash, ReadOnlySpan<int> asked, ref TChoice choice) =>
        ArrivalWalk.FindFirst(new AtKey(this, keyHash), _racers.Length, asked, ref choice);

    /// <summary>Makes the same with one more node. Only keys that the new node owns change their owner.</summary>
    /// <param name="node">The node that joins.</param>
    /// <returns>The new topology, equal to one made from all the nodes. O(nodes).</returns>
    /// <exception cref="ArgumentException">The node is null or ill-formed, its id is present, or its weight is too far from the others'.</exception>
    /// <exception cref="InvalidOperationException">There are 65,535 nodes already.</exception>
    public RendezvousHash<TNode> Add(TNode node) => new(_nodes.Add(node, out _), nameof(node));

    /// <summary>Makes the same without one node. Only keys that it owned change their owner.</summary>
    /// <param name="id">The id of the node that leaves.</param>
    /// <returns>The new topology, equal to one made from the other nodes. O(nodes).</returns>
    /// <exception cref="ArgumentException"><paramref name="id"/> is null, or no node has it.</exception>
    public RendezvousHash<TNode> Remove(string id) => new(_nodes.Remove(id, out _), nameof(id));

    /// <summary>Makes the same with another weight or zone of a node. Only keys that it gains or loses change their owner.</summary>
    /// <param name="node">The node as it is to be; one with its id must be present.</param>
    /// <returns>The new topology. O(nodes).</returns>
    /// <exception cref="ArgumentException">The node is null or ill-formed, no node has its id, or its weight is too far from the others'.</exception>
    public RendezvousHash<TNode> Replace(TNode node)
    {
        NodeSet.Check(node, nameof(node));
        _nodes.IndexOf(node.Id, nameof(node));
        return Remove(node.Id).Add(node);
    }

    private Arrival ArrivalOf(int index, ulong keyHash)
    {
        (ulong seed, double weight) = _racers[index];
        return new Arrival(PortableLog.Minus(Draw(keyHash, seed)) / weight, index);
    }

    // 52 random bits and a half: exact in a double, never 0 or 1.
    private static double Draw(ulong keyHash, ulong seed) => ((Mix64.Of(keyHash + seed) >> 12) + 0.5) / (1L << 52);

    [DoesNotReturn]
    private static void ThrowEmpty() => throw new InvalidOperationException("There are no nodes.");

    /// <summary>The arrivals of all nodes at a key.</summary>
    private readonly struct AtKey(RendezvousHash<TNode> hash, ulong keyHash) : ArrivalWalk.ISource
    {
        public void OfferAll<TFilter>(scoped TFilter filter, ref FirstArrivals first)
            where TFilter : struct, ArrivalWalk.IFilter, allows ref struct
        {
            // −ln u ≥ 1 − u: most nodes are seen to be too late without a logarithm.
            const double Room = 1 - (1.0 / (1L << 40)); // for the roundings of both, each below 2^-50
            for (int index = 0; index < hash._racers.Length; index++)
            {
                (ulong seed, double weight) = hash._racers[index];
                if ((1 - Draw(keyHash, seed)) * Room <= first.LastTime * weight
                    && hash.ArrivalOf(index, keyHash) is var arrival && first.Admits(arrival) && filter.LetsThrough(index))
                {
                    first.Add(arrival);
                }
            }
        }
    }
}
