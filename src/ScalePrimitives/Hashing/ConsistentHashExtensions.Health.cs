using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Hashing;

/// <content>Lookups that skip nodes which are down.</content>
public static partial class ConsistentHashExtensions
{
    /// <summary>Gets the most preferred node of a key that is up. Keys of other nodes stay where they are, whoever is down.</summary>
    /// <remarks>
    /// The keys of a node that is down spread over the others as if it had left, and come back with it; nothing is rebuilt. Takes
    /// one lookup when the owner is up. Allocates nothing, if <paramref name="isUp"/> is static or kept.
    /// </remarks>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="key">The key.</param>
    /// <param name="isUp">Tells whether a node can be used. It is asked for one node after another, in order of preference, until it says yes.</param>
    /// <param name="node">The most preferred node that is up, when there is one.</param>
    /// <returns>False when no node is up, or there are none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/>, <paramref name="key"/> or <paramref name="isUp"/> is null.</exception>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, string key, Func<TNode, bool> isUp, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), isUp, out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, Func{TNode, bool}, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<char> key, Func<TNode, bool> isUp, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), isUp, out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, Func{TNode, bool}, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<byte> key, Func<TNode, bool> isUp, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), isUp, out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, Func{TNode, bool}, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, long key, Func<TNode, bool> isUp, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), isUp, out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, Func{TNode, bool}, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, ulong key, Func<TNode, bool> isUp, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), isUp, out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, Func{TNode, bool}, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, Guid key, Func<TNode, bool> isUp, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), isUp, out node);

    /// <summary>Gets the most preferred node of a hash that is up. Keys of other nodes stay where they are, whoever is down.</summary>
    /// <remarks>Takes one lookup when the owner is up. Allocates nothing, if <paramref name="isUp"/> is static or kept.</remarks>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives.</param>
    /// <param name="isUp">Tells whether a node can be used. It is asked for one node after another, in order of preference, until it says yes.</param>
    /// <param name="node">The most preferred node that is up, when there is one.</param>
    /// <returns>False when no node is up, or there are none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> or <paramref name="isUp"/> is null.</exception>
    public static bool TryGetNodeByHash<TNode>(this IConsistentHash<TNode> hash, ulong keyHash, Func<TNode, bool> isUp, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode
    {
        ArgumentNullException.ThrowIfNull(hash);
        ArgumentNullException.ThrowIfNull(isUp);
        if (hash.Nodes.Count > 0)
        {
            var choice = new UpNodes<TNode>(hash.Nodes, isUp);
            int index = PreferenceWalk.FindFirst(hash, keyHash, ref choice);
            if (index >= 0)
            {
                node = hash.Nodes[index];
                return true;
            }
        }

        node = default;
        return false;
    }

    private readonly struct UpNodes<TNode>(IReadOnlyList<TNode> nodes, Func<TNode, bool> isUp) : INodeChoice
        where TNode : INode
    {
        public bool Takes(int index) => isUp(nodes[index]);

        public bool MayTake(int index) => true;
    }
}
