namespace ScalePrimitives.Hashing;

/// <summary>
/// Places keys on nodes such that a change of the node set moves few keys. Every implementation is an immutable snapshot, safe
/// for any number of threads; to change the topology, build the next one and publish it by one reference write.
/// </summary>
/// <remarks>
/// <para>
/// Take <see cref="SlotTable{TNode}"/> unless the table says otherwise. N is the number of nodes, Q that of slots, P that of points.
/// </para>
/// <list type="table">
/// <listheader><term>Type</term><description>Lookup; memory; peak load of 10 / 100 / 1000 equal nodes; weights; choose it for</description></listheader>
/// <item><term><see cref="SlotTable{TNode}"/></term><description>One array load; 14 bytes × Q (65,536 by default); 1.02 / 1.085 / 1.08 of the mean (Q = 2^20 for 1000); any; moves exactly what is owed. The default.</description></item>
/// <item><term><see cref="HashRing{TNode}"/></term><description>Expected O(1), a few loads; 16 bytes × P (200 for each node); 1.17 / 1.28 / 1.39; any; moves exactly what is owed. For keys owned as ranges of hashes, and many joins and leaves at large N.</description></item>
/// <item><term><see cref="RendezvousHash{TNode}"/></term><description>O(N); 16 bytes × N; as even as random keys fall; any; moves exactly what is owed. For about ten nodes or fewer, and where nothing may be built.</description></item>
/// <item><term><see cref="MaglevTable{TNode}"/></term><description>One array load; the table's size; almost perfectly even; by turns; moves a little more than is owed. For agreement with Maglev or Envoy.</description></item>
/// <item><term><see cref="JumpHash"/></term><description>O(log N), no memory; perfectly even; none; only the last node can leave. For numbered partitions whose number only grows; a static function, outside this interface.</description></item>
/// </list>
/// <para>
/// Indexes are primary: a span of them can live on the stack, and a counter or a connection can lie beside each node. Look
/// nodes up by key with the extensions of <see cref="ConsistentHashExtensions"/>.
/// </para>
/// </remarks>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public interface IConsistentHash<TNode>
    where TNode : INode
{
    /// <summary>Gets the nodes, ordered by <see cref="INode.Id"/> (ordinal).</summary>
    IReadOnlyList<TNode> Nodes { get; }

    /// <summary>Finds the owner of a key's hash. Allocates nothing.</summary>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives. A raw counter would land on one node.</param>
    /// <returns>The index of the owner in <see cref="Nodes"/>.</returns>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    int GetIndex(ulong keyHash);

    /// <summary>Finds the distinct nodes of a key's hash, most preferred first; the first is the owner. Allocates nothing.</summary>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives.</param>
    /// <param name="destination">Receives indexes into <see cref="Nodes"/>; its length is how many are wanted.</param>
    /// <returns>How many were written: the smaller of the wanted number and the number of nodes.</returns>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    int GetIndexes(ulong keyHash, Span<int> destination);
}
