using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Lookups by key: text, bytes (UTF-8 or any other), numbers and UUIDs, each hashed by <see cref="KeyHash"/>. A hash in hand goes
/// to the methods whose names end in <c>ByHash</c>, so that <c>GetNode(42)</c> can never route by an unhashed 42.
/// </summary>
/// <remarks>Nothing here allocates, but for lookups of more than 128 nodes at once. An <see cref="int"/> key is the same key as the <see cref="long"/> of its value.</remarks>
public static partial class ConsistentHashExtensions
{
    /// <summary>Gets the node that owns a key.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="key">The key.</param>
    /// <returns>The owner.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> or <paramref name="key"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    public static TNode GetNode<TNode>(this IConsistentHash<TNode> hash, string key)
        where TNode : INode => hash.GetNodeByHash(KeyHash.Of(key));

    /// <inheritdoc cref="GetNode{TNode}(IConsistentHash{TNode}, string)"/>
    public static TNode GetNode<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<char> key)
        where TNode : INode => hash.GetNodeByHash(KeyHash.Of(key));

    /// <inheritdoc cref="GetNode{TNode}(IConsistentHash{TNode}, string)"/>
    public static TNode GetNode<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<byte> key)
        where TNode : INode => hash.GetNodeByHash(KeyHash.Of(key));

    /// <inheritdoc cref="GetNode{TNode}(IConsistentHash{TNode}, string)"/>
    public static TNode GetNode<TNode>(this IConsistentHash<TNode> hash, long key)
        where TNode : INode => hash.GetNodeByHash(KeyHash.Of(key));

    /// <inheritdoc cref="GetNode{TNode}(IConsistentHash{TNode}, string)"/>
    public static TNode GetNode<TNode>(this IConsistentHash<TNode> hash, ulong key)
        where TNode : INode => hash.GetNodeByHash(KeyHash.Of(key));

    /// <inheritdoc cref="GetNode{TNode}(IConsistentHash{TNode}, string)"/>
    public static TNode GetNode<TNode>(this IConsistentHash<TNode> hash, Guid key)
        where TNode : INode => hash.GetNodeByHash(KeyHash.Of(key));

    /// <summary>Gets the node that owns a hash.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives.</param>
    /// <returns>The owner.</returns>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    public static TNode GetNodeByHash<TNode>(this IConsistentHash<TNode> hash, ulong keyHash)
        where TNode : INode
    {
        ArgumentNullException.ThrowIfNull(hash);
        return hash.Nodes[hash.GetIndex(keyHash)];
    }

    /// <summary>Gets the node that owns a key, unless there are no nodes.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="key">The key.</param>
    /// <param name="node">The owner, when there is one.</param>
    /// <returns>False when there are no nodes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> or <paramref name="key"/> is null.</exception>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, string key, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<char> key, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<byte> key, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, long key, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, ulong key, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), out node);

    /// <inheritdoc cref="TryGetNode{TNode}(IConsistentHash{TNode}, string, out TNode)"/>
    public static bool TryGetNode<TNode>(this IConsistentHash<TNode> hash, Guid key, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode => hash.TryGetNodeByHash(KeyHash.Of(key), out node);

    /// <summary>Gets the node that owns a hash, unless there are no nodes.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives.</param>
    /// <param name="node">The owner, when there is one.</param>
    /// <returns>False when there are no nodes.</returns>
    public static bool TryGetNodeByHash<TNode>(this IConsistentHash<TNode> hash, ulong keyHash, [MaybeNullWhen(false)] out TNode node)
        where TNode : INode
    {
        ArgumentNullException.ThrowIfNull(hash);
        if (hash.Nodes.Count == 0)
        {
            node = default;
            return false;
        }

        node = hash.GetNodeByHash(keyHash);
        return true;
    }

    /// <summary>Gets the distinct nodes of a key, most preferred first: the owner, then where its replicas go.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the nodes; its length is how many are wanted.</param>
    /// <returns>How many were written: the smaller of the wanted number and the number of nodes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> or <paramref name="key"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    public static int GetNodes<TNode>(this IConsistentHash<TNode> hash, string key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodes{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodes<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<char> key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodes{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodes<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<byte> key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodes{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodes<TNode>(this IConsistentHash<TNode> hash, long key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodes{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodes<TNode>(this IConsistentHash<TNode> hash, ulong key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodes{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodes<TNode>(this IConsistentHash<TNode> hash, Guid key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesByHash(KeyHash.Of(key), destination);

    /// <summary>Gets the distinct nodes of a hash, most preferred first.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives.</param>
    /// <param name="destination">Receives the nodes; its length is how many are wanted.</param>
    /// <returns>How many were written: the smaller of the wanted number and the number of nodes.</returns>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    public static int GetNodesByHash<TNode>(this IConsistentHash<TNode> hash, ulong keyHash, Span<TNode> destination)
        where TNode : INode
    {
        ArgumentNullException.ThrowIfNull(hash);
        const int MaxStackIndexes = 128;
        int wanted = Math.Min(destination.Length, hash.Nodes.Count);
        Span<int> indexes = wanted <= MaxStackIndexes ? stackalloc int[MaxStackIndexes] : new int[wanted];
        int count = hash.GetIndexes(keyHash, indexes[..wanted]);
        for (int i = 0; i < count; i++)
        {
            destination[i] = hash.Nodes[indexes[i]];
        }

        return count;
    }
}
