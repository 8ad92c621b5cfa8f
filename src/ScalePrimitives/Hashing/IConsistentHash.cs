namespace ScalePrimitives.Hashing;

/// <summary>
/// Places keys on nodes such that a change of the node set moves few keys. Every implementation is an immutable snapshot, safe
/// for any number of threads; to change the topology, build the next one and publish it by one reference write.
/// </summary>
/// <remarks>
/// Indexes are primary: a span of them can live on the stack, and a counter or a connection can lie beside each node. Look
/// nodes up by key with the extensions of <see cref="ConsistentHashExtensions"/>.
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
