using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;

namespace ScalePrimitives.Hashing;

/// <summary>
/// The nodes of a topology, checked, ordered by id (ordinal) and immutable. The order makes an index mean the same node
/// wherever the same nodes are given, in whatever order.
/// </summary>
internal sealed class NodeSet<TNode>
    where TNode : INode
{
    private readonly TNode[] _nodes;
    private readonly double[] _weights; // as they were when each node joined: a topology reads them once

    /// <exception cref="ArgumentNullException">The nodes or one of them is null.</exception>
    /// <exception cref="ArgumentException">An id is empty, ill-formed or a duplicate, a weight is not finite and above 0, or there are too many.</exception>
    public NodeSet(IEnumerable<TNode> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        TNode[] ordered = nodes.ToArray();
        foreach (TNode node in ordered)
        {
            NodeSet.Check(node, nameof(nodes));
        }

        Array.Sort(ordered, static (left, right) => string.CompareOrdinal(left.Id, right.Id));
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Id == ordered[i - 1].Id)
            {
                throw new ArgumentException($"The node id '{ordered[i].Id}' appears more than once.", nameof(nodes));
            }
        }

        if (ordered.Length > NodeSet.MaxCount)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"A topology has at most {NodeSet.MaxCount} nodes, but {ordered.Length} were given."),
                nameof(nodes));
        }

        _nodes = ordered;
        _weights = Array.ConvertAll(ordered, static node => node.Weight);
        List = Array.AsReadOnly(ordered);
    }

    /// <summary>Takes nodes that are checked and ordered already.</summary>
    private NodeSet(TNode[] ordered, double[] weights)
    {
        _nodes = ordered;
        _weights = weights;
        List = Array.AsReadOnly(ordered);
    }

    public ReadOnlyCollection<TNode> List { get; }

    public int Count => _nodes.Length;

    /// <summary>Gets the weight that each node joined with, by index.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    public TNode this[int index] => _nodes[index];

    /// <exception cref="ArgumentException">The node is ill-formed, or its id is present.</exception>
    public NodeSet<TNode> Add(TNode node, out int index)
    {
        NodeSet.Check(node, nameof(node));
        int found = Find(node.Id);
        if (found >= 0)
        {
            throw new ArgumentException($"The node id '{node.Id}' is present already; Replace changes its weight.", nameof(node));
        }

        if (Count == NodeSet.MaxCount)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A topology has at most {NodeSet.MaxCount} nodes."));
        }

        index = ~found;
        return new NodeSet<TNode>(
            [.. _nodes.AsSpan(0, index), node, .. _nodes.AsSpan(index)],
            [.. _weights.AsSpan(0, index), node.Weight, .. _weights.AsSpan(index)]);
    }

    /// <exception cref="ArgumentException">No node has the id.</exception>
    public NodeSet<TNode> Remove(string id, out int index)
    {
        index = IndexOf(id, nameof(id));
        return new NodeSet<TNode>(
            [.. _nodes.AsSpan(0, index), .. _nodes.AsSpan(index + 1)],
            [.. _weights.AsSpan(0, index), .. _weights.AsSpan(index + 1)]);
    }

    /// <exception cref="ArgumentException">The node is ill-formed, or no node has its id.</exception>
    public NodeSet<TNode> Replace(TNode node)
    {
        NodeSet.Check(node, nameof(node));
        IndexOf(node.Id, nameof(node));
        return Remove(node.Id, out _).Add(node, out _);
    }

    /// <exception cref="ArgumentException">No node has the id.</exception>
    public int IndexOf(string id, string argument)
    {
        ArgumentNullException.ThrowIfNull(id, argument);
        int index = Find(id);
        return index >= 0 ? index : throw new ArgumentException($"No node has the id '{id}'.", argument);
    }

    /// <summary>The index of the id, or the complement of the index where it would stand.</summary>
    private int Find(string id)
    {
        int low = 0;
        int high = _nodes.Length;

        // Invariant: the ids of [0, low) are below id, those of [high, Count) are not.
        while (low < high)
        {
            int middle = low + ((high - low) >> 1);
            if (string.CompareOrdinal(_nodes[middle].Id, id) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _nodes.Length && _nodes[low].Id == id ? low : ~low;
    }
}

/// <summary>The checks every node passes before it joins a topology.</summary>
internal static class NodeSet
{
    /// <summary>An owner fits in 16 bits, with one value left to mean none.</summary>
    public const int MaxCount = 65_535;

    /// <summary>Weights as multiples of a power of two that is near the greatest of them, so that what is divided by them neither overflows nor loses digits.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="exponent">Of the power of two: the greatest result is from 1 to 2. 0 without weights.</param>
    /// <returns>The weights in the same order, exactly, but for those below 2^−1022 of the greatest.</returns>
    public static double[] ScaleWeights(ReadOnlySpan<double> weights, out int exponent)
    {
        double greatest = 0;
        foreach (double weight in weights)
        {
            greatest = Math.Max(greatest, weight);
        }

        exponent = greatest == 0 ? 0 : Math.ILogB(greatest);
        double[] scaled = new double[weights.Length];
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = Math.ScaleB(weights[i], -exponent);
        }

        return scaled;
    }

    public static void Check<TNode>(TNode node, string argument)
        where TNode : INode
    {
        if (node is null)
        {
            throw new ArgumentNullException(argument, "A node is null.");
        }

        CheckId(node.Id, argument);
        if (!(node.Weight > 0 && double.IsFinite(node.Weight)))
        {
            throw new ArgumentOutOfRangeException(
                argument,
                node.Weight,
                string.Create(CultureInfo.InvariantCulture, $"The weight of node '{node.Id}' must be a finite number above 0, but was {node.Weight}."));
        }
    }

    public static string CheckId(string id, string argument)
    {
        ArgumentException.ThrowIfNullOrEmpty(id, argument);

        // Lone surrogates all hash as U+FFFD: two such ids would claim the same points, and one of them own nothing.
        for (ReadOnlySpan<char> rest = id; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int consumed) != System.Buffers.OperationStatus.Done)
            {
                throw new ArgumentException("A node id must be well-formed UTF-16: it has a surrogate without its partner.", argument);
            }

            rest = rest[consumed..];
        }

        return id;
    }
}
