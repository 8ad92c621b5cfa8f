using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Hashing;

/// <summary>
/// The classical consistent-hash ring: each node has many points on a circle of 2^64 positions, and a key belongs to the
/// first point at or after its hash. Choose it where keys are owned as ranges of hashes, as Dynamo and Cassandra do.
/// </summary>
/// <remarks>
/// <para>
/// A node's points are the first round(<see cref="HashRingOptions.VirtualNodes"/> × weight) outputs of a SplitMix64 generator
/// seeded with <see cref="KeyHash"/> of its id. So they depend on nothing but the node: a join takes keys only for the new
/// node, a leave gives away only the keys of the one that left, and a changed weight moves only what that node gains or loses.
/// Equal points of two nodes belong to the smaller id (ordinal).
/// </para>
/// <para>
/// A lookup takes expected O(1): a start table on the high bits of the hash leads to a bucket of about one point. Building
/// takes O(P log P) for P points, <see cref="Add"/> and <see cref="Remove"/> O(P). Memory is 14 to 16 bytes a point.
/// Lookups allocate nothing. Immutable and thread-safe.
/// </para>
/// <para>
/// <see cref="Ketama.CreateRing"/> and <see cref="Envoy.CreateRing"/> make rings whose points are those of other software. On
/// them <see cref="Add"/>, <see cref="Remove"/> and <see cref="Replace"/> place every node anew, in O(P log P), because there a
/// node's points may depend on all nodes; then a change may also move keys between nodes that stay.
/// </para>
/// <para>
/// Sources: Karger et al., "Consistent Hashing and Random Trees", STOC 1997; DeCandia et al., "Dynamo", SOSP 2007; Steele,
/// Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
/// </para>
/// </remarks>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public sealed partial class HashRing<TNode> : IConsistentHash<TNode>, IPreferenceWalk
    where TNode : INode
{
    private readonly NodeSet<TNode> _nodes;
    private readonly IRingPlacement? _placement; // null: the points described above
    private readonly int _virtualNodes;
    private readonly RingIndex _index;
    private readonly int _nodesOnRing; // how many have a point at all
    private IReadOnlyList<double>? _ownership;

    /// <summary>Builds a ring.</summary>
    /// <param name="nodes">The nodes, in any order; none is allowed, but then lookups throw.</param>
    /// <param name="options">How nodes are placed; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="nodes"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">
    /// Two nodes have the same id (ordinal), an id is empty or ill-formed, a weight is not finite and above 0, there are more
    /// than 65,535 nodes, or the weights ask for more than 2^27 points.
    /// </exception>
    public HashRing(IEnumerable<TNode> nodes, HashRingOptions? options = null)
    {
        _nodes = new NodeSet<TNode>(nodes);
        _virtualNodes = (options ?? new HashRingOptions()).VirtualNodes;

        // Counted in floating point first: weights are unbounded, and the sum must not overflow before it is checked.
        RingIndex.CheckCount(_nodes.List.Sum(node => Math.Max(1, node.Weight * _virtualNodes)), nameof(nodes));
        int[] counts = Array.ConvertAll(_nodes.Weights.ToArray(), weight => CountPoints(weight, _virtualNodes));
        RingPoint[] points = RingIndex.Allocate(counts.Sum());
        int end = 0;
        for (int owner = 0; owner < counts.Length; owner++)
        {
            PlacePoints(points.AsSpan(end, counts[owner]), _nodes[owner].Id, owner);
            end += counts[owner];
        }

        points.AsSpan(0, end).Sort();
        _index = new RingIndex(points);
        _nodesOnRing = _nodes.Count;
    }

    /// <summary>Builds a ring whose points another rule places.</summary>
    internal HashRing(IEnumerable<TNode> nodes, IRingPlacement placement)
        : this(new NodeSet<TNode>(nodes), placement, nameof(nodes))
    {
    }

    private HashRing(NodeSet<TNode> nodes, IRingPlacement placement, string argument)
    {
        _nodes = nodes;
        _placement = placement;
        List<RingPoint> ordered = placement.Place(nodes, argument);
        _index = RingIndex.Of(ordered);
        _nodesOnRing = ordered.Select(static point => point.Owner).Distinct().Count();
    }

    private HashRing(NodeSet<TNode> nodes, int virtualNodes, RingPoint[] ordered)
    {
        _nodes = nodes;
        _virtualNodes = virtualNodes;
        _index = new RingIndex(ordered);
        _nodesOnRing = nodes.Count;
    }

    /// <inheritdoc/>
    public IReadOnlyList<TNode> Nodes => _nodes.List;

    /// <summary>Gets the share of the hash space that each node owns, by its index in <see cref="Nodes"/>; together they are 1.</summary>
    /// <remarks>Computed at the first call in O(points), then kept.</remarks>
    public IReadOnlyList<double> Ownership => _ownership ??= Array.AsReadOnly(_index.ComputeOwnership(_nodes.Count));

    /// <inheritdoc/>
    public int GetIndex(ulong keyHash)
    {
        if (_nodes.Count == 0)
        {
            ThrowEmpty();
        }

        return _index.Points[_index.Successor(keyHash)].Owner;
    }

    /// <inheritdoc/>
    public int GetIndexes(ulong keyHash, Span<int> destination)
    {
        if (_nodes.Count == 0)
        {
            ThrowEmpty();
        }

        int wanted = Math.Min(destination.Length, _nodes.Count);
        if (wanted > PreferenceWalk.Near || wanted > _nodesOnRing)
        {
            var collector = new NodeCollector(destination[..wanted]);
            Walk(keyHash, [], ref collector);
            return wanted;
        }

        ReadOnlySpan<RingPoint> points = _index.Points;
        int found = 0;

        // Clockwise from the owner; one turn passes every node that has a point, so it finds all that are wanted.
        for (int i = _index.Successor(keyHash); found < wanted; i++)
        {
            int owner = points[i < _index.Count ? i : i - _index.Count].Owner;
            if (!destination[..found].Contains(owner))
            {
                destination[found++] = owner;
            }
        }

        return found;
    }

    /// <summary>Makes a ring with one more node. Only keys that the new node owns change their owner.</summary>
    /// <param name="node">The node that joins.</param>
    /// <returns>The new ring, equal to one built from all the nodes.</returns>
    /// <exception cref="ArgumentException">The node is null or ill-formed, its id is present, or its weight asks for too many points.</exception>
    /// <exception cref="InvalidOperationException">There are 65,535 nodes already.</exception>
    public HashRing<TNode> Add(TNode node)
    {
        NodeSet<TNode> nodes = _nodes.Add(node, out int added);
        if (_placement is not null)
        {
            return new HashRing<TNode>(nodes, _placement, nameof(node));
        }

        RingIndex.CheckCount(_index.Count + Math.Max(1, node.Weight * _virtualNodes), nameof(node));
        Span<RingPoint> arriving = new RingPoint[CountPoints(nodes.Weights[added], _virtualNodes)];
        PlacePoints(arriving, node.Id, added);
        arriving.Sort();

        // Merge of two ordered runs. Owners at or after the new index move up by one, which keeps the order of ties.
        RingPoint[] merged = RingIndex.Allocate(_index.Count + arriving.Length);
        int end = 0;
        foreach (RingPoint point in _index.Points[.._index.Count])
        {
            RingPoint kept = point.Owner < added ? point : point with { Owner = point.Owner + 1 };
            while (!arriving.IsEmpty && arriving[0].CompareTo(kept) < 0)
            {
                merged[end++] = arriving[0];
                arriving = arriving[1..];
            }

            merged[end++] = kept;
        }

        arriving.CopyTo(merged.AsSpan(end));
        return new HashRing<TNode>(nodes, _virtualNodes, merged);
    }

    /// <summary>Makes a ring without one node. Only keys that it owned change their owner.</summary>
    /// <param name="id">The id of the node that leaves.</param>
    /// <returns>The new ring, equal to one built from the other nodes.</returns>
    /// <exception cref="ArgumentException"><paramref name="id"/> is null, or no node has it.</exception>
    public HashRing<TNode> Remove(string id)
    {
        NodeSet<TNode> nodes = _nodes.Remove(id, out int removed);
        if (_placement is not null)
        {
            return new HashRing<TNode>(nodes, _placement, nameof(id));
        }

        // By the weight that the node joined with; it may say another by now.
        ReadOnlySpan<RingPoint> points = _index.Points[.._index.Count];
        RingPoint[] kept = RingIndex.Allocate(points.Length - CountPoints(_nodes.Weights[removed], _virtualNodes));
        int end = 0;
        foreach (RingPoint point in points)
        {
            if (point.Owner != removed)
            {
                kept[end++] = point.Owner < removed ? point : point with { Owner = point.Owner - 1 };
            }
        }

        return new HashRing<TNode>(nodes, _virtualNodes, kept);
    }

    /// <summary>Makes a ring in which a node has another weight or zone. Only keys that it gains or loses change their owner.</summary>
    /// <param name="node">The node as it is to be; one with its id must be present.</param>
    /// <returns>The new ring.</returns>
    /// <exception cref="ArgumentException">The node is null or ill-formed, no node has its id, or its weight asks for too many points.</exception>
    public HashRing<TNode> Replace(TNode node)
    {
        if (_placement is not null)
        {
            return new HashRing<TNode>(_nodes.Replace(node), _placement, nameof(node));
        }

        NodeSet.Check(node, nameof(node));
        _nodes.IndexOf(node.Id, nameof(node));
        return Remove(node.Id).Add(node);
    }

    private static int CountPoints(double weight, int virtualNodes) => Math.Max(1, (int)Math.Round(weight * virtualNodes));

    private static void PlacePoints(Span<RingPoint> points, string id, int owner)
    {
        // SplitMix64: the state walks by an odd constant, so it visits 2^64 states before it repeats, and the output function
        // is a bijection. Hence the points of one node are distinct, and a greater weight only adds points.
        ulong state = KeyHash.Of(id);
        foreach (ref RingPoint point in points)
        {
            state += Mix64.Step;
            point = new RingPoint(Mix64.Of(state), owner);
        }
    }

    [DoesNotReturn]
    private static void ThrowEmpty() => throw new InvalidOperationException("The ring has no nodes.");
}
