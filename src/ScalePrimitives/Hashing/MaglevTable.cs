using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Maglev hashing: a table of slots, filled by letting the nodes choose in turns. Choose it to route as an Envoy or Google
/// front end does; elsewhere <see cref="HashRing{TNode}"/> moves fewer keys when nodes come and go.
/// </summary>
/// <remarks>
/// <para>
/// Slot for slot the table of Envoy's <c>maglev</c> load balancer whose hosts are the nodes: a host's key is the node id, its
/// weight the node's weight. Envoy hashes what it routes by as <see cref="Envoy.KeyHash(string)"/> does, so look up with
/// <c>GetNodeByHash(Envoy.KeyHash(key))</c> to agree with it; <c>GetNode(key)</c>, which hashes by <see cref="KeyHash"/>, does not.
/// </para>
/// <para>
/// Equal nodes own equal shares to within one slot. The price is disruption: a join or a leave also moves a few keys between
/// nodes that stay, at 65,537 slots and 100 nodes about half as many again as are owed. Replicas are the nodes Envoy
/// tries in turn on its retries, each once: the slots of h, h ⊕ −1, h ⊕ −2 … for the hash h.
/// </para>
/// <para>
/// A lookup is a remainder, computed by two multiplications, and one load: O(1). <see cref="GetIndexes"/> takes O(1) for each of
/// few replicas; to find all N nodes it takes O(N log N) expected. Building takes expected O(M log M) for M slots, and up to
/// O(M × N) where weights lie far apart; <see cref="Add"/>, <see cref="Remove"/> and <see cref="Replace"/> rebuild. Memory is two
/// bytes a slot. Lookups allocate nothing. Immutable and thread-safe.
/// </para>
/// <para>
/// Sources: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016; weights and hash functions
/// (XXH64, seeds 0 and 1) as in Envoy.
/// </para>
/// </remarks>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public sealed class MaglevTable<TNode> : IConsistentHash<TNode>, IPreferenceWalk
    where TNode : INode
{
    private readonly NodeSet<TNode> _nodes;
    private readonly ushort[] _owners; // by slot; empty without nodes
    private readonly int _tableSize;
    private readonly FastModulo _modulo;
    private IReadOnlyList<double>? _ownership;

    /// <summary>Builds a table.</summary>
    /// <param name="nodes">The nodes, in any order; none is allowed, but then lookups throw.</param>
    /// <param name="options">The layout; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="nodes"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">
    /// Two nodes have the same id (ordinal), an id is empty or ill-formed, a weight is not finite and above 0, there are more
    /// nodes than slots or than 65,535, or the weights are so far apart that one vanishes beside their sum.
    /// </exception>
    public MaglevTable(IEnumerable<TNode> nodes, MaglevTableOptions? options = null)
        : this(new NodeSet<TNode>(nodes), (options ?? new MaglevTableOptions()).TableSize, nameof(nodes))
    {
    }

    private MaglevTable(NodeSet<TNode> nodes, int tableSize, string argument)
    {
        if (nodes.Count > tableSize)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"A table of {tableSize} slots has room for as many nodes, but there are {nodes.Count}. Use a greater prime as TableSize."),
                argument);
        }

        _nodes = nodes;
        _tableSize = tableSize;
        _modulo = new FastModulo((uint)tableSize);
        _owners = nodes.Count == 0 ? [] : Populate(nodes, tableSize, argument);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TNode> Nodes => _nodes.List;

    /// <summary>Gets the share of the slots that each node owns, by its index in <see cref="Nodes"/>; together they are 1.</summary>
    /// <remarks>Computed at the first call in O(slots), then kept.</remarks>
    public IReadOnlyList<double> Ownership => _ownership ??= Array.AsReadOnly(ComputeOwnership());

    /// <summary>Gets the index of the owner of every slot; empty without nodes.</summary>
    internal ReadOnlySpan<ushort> Owners => _owners;

    /// <inheritdoc/>
    public int GetIndex(ulong keyHash)
    {
        if (_nodes.Count == 0)
        {
            ThrowEmpty();
        }

        return _owners[_modulo.Remainder(keyHash)];
    }

    /// <inheritdoc/>
    public int GetIndexes(ulong keyHash, Span<int> destination)
    {
        if (_nodes.Count == 0)
        {
            ThrowEmpty();
        }

        int wanted = Math.Min(destination.Length, _nodes.Count);
        if (wanted > PreferenceWalk.Near)
        {
            var collector = new NodeCollector(destination[..wanted]);
            Walk(keyHash, [], ref collector);
            return wanted;
        }

        int found = 0;
        for (ulong attempt = 0; found < wanted; attempt++)
        {
            int owner = OwnerAt(keyHash, attempt);
            if (!destination[..found].Contains(owner))
            {
                destination[found++] = owner;
            }
        }

        return found;
    }

    int IPreferenceWalk.FindFirst<TChoice>(ulong keyHash, ReadOnlySpan<int> asked, ref TChoice choice) => Walk(keyHash, asked, ref choice);

    /// <summary>Makes a table with one more node. Most keys that move go to it; a few move between the others.</summary>
    /// <param name="node">The node that joins.</param>
    /// <returns>The new table, equal to one built from all the nodes.</returns>
    /// <exception cref="ArgumentException">The node is null or ill-formed, its id is present, or there is no room for it.</exception>
    public MaglevTable<TNode> Add(TNode node) => new(_nodes.Add(node, out _), _tableSize, nameof(node));

    /// <summary>Makes a table without one node. Its keys move, and a few between the others.</summary>
    /// <param name="id">The id of the node that leaves.</param>
    /// <returns>The new table, equal to one built from the other nodes.</returns>
    /// <exception cref="ArgumentException"><paramref name="id"/> is null, or no node has it.</exception>
    public MaglevTable<TNode> Remove(string id) => new(_nodes.Remove(id, out _), _tableSize, nameof(id));

    /// <summary>Makes a table in which a node has another weight or zone.</summary>
    /// <param name="node">The node as it is to be; one with its id must be present.</param>
    /// <returns>The new table, equal to one built from these nodes.</returns>
    /// <exception cref="ArgumentException">The node is null or ill-formed, or no node has its id.</exception>
    public MaglevTable<TNode> Replace(TNode node) => new(_nodes.Replace(node), _tableSize, nameof(node));

    private static ushort[] Populate(NodeSet<TNode> nodes, int tableSize, string argument)
    {
        var permutations = new MaglevPermutation[nodes.Count];
        for (int node = 0; node < permutations.Length; node++)
        {
            byte[] id = Encoding.UTF8.GetBytes(nodes[node].Id);
            ulong offset = XxHash64.HashToUInt64(id) % (ulong)tableSize;
            ulong skip = (XxHash64.HashToUInt64(id, seed: 1) % (ulong)(tableSize - 1)) + 1;
            permutations[node] = new MaglevPermutation((int)offset, (int)skip);
        }

        return MaglevPopulation.Populate(permutations, EnvoyWeights.Normalize(nodes.Weights, argument), tableSize);
    }

    [SkipLocalsInit]
    private int Walk<TChoice>(ulong keyHash, ReadOnlySpan<int> asked, ref TChoice choice)
        where TChoice : struct, INodeChoice, allows ref struct
    {
        using var seen = new NodeBits(stackalloc ulong[NodeBits.BufferLength], _nodes.Count, asked);
        int left = _nodes.Count - asked.Length;
        for (ulong attempt = 0; left > 0; attempt++)
        {
            int owner = OwnerAt(keyHash, attempt);
            if (seen.Add(owner))
            {
                left--;
                if (choice.Takes(owner))
                {
                    return owner;
                }
            }
        }

        return -1;
    }

    // From the second attempt on, h ⊕ −attempt is ~h ⊕ (attempt − 1): 2^k attempts go through an aligned block of 2^k
    // consecutive numbers. So fewer than 2 × slots attempts visit every slot, and every node owns one.
    private int OwnerAt(ulong keyHash, ulong attempt) => _owners[_modulo.Remainder(keyHash ^ (0 - attempt))];

    private double[] ComputeOwnership()
    {
        int[] slots = new int[_nodes.Count];
        foreach (ushort owner in _owners)
        {
            slots[owner]++;
        }

        return Array.ConvertAll(slots, count => (double)count / _tableSize);
    }

    [DoesNotReturn]
    private static void ThrowEmpty() => throw new InvalidOperationException("The table has no nodes.");
}
