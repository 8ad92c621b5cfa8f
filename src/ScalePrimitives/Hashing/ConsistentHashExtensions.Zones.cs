using System.Buffers;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <content>Replicas spread over zones.</content>
public static partial class ConsistentHashExtensions
{
    private const int MaxStackNodes = 128;

    /// <summary>
    /// Finds distinct nodes of a key's hash such that as many zones as possible are among them: first the most preferred node of
    /// each zone, in order of preference, then the nodes passed over, in order of preference. The first is the owner.
    /// </summary>
    /// <remarks>
    /// A node without a zone counts as a zone of its own; so without any zones the result is that of
    /// <see cref="IConsistentHash{TNode}.GetIndexes"/>. Fewer nodes are always the first of more. Zones are compared ordinally.
    /// Takes one lookup of 16 nodes where these are in enough zones or include all zones there are, else O(nodes) more; allocates nothing.
    /// The rule is that of Cassandra's NetworkTopologyStrategy for the racks of a data centre.
    /// </remarks>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives.</param>
    /// <param name="destination">Receives indexes into <see cref="IConsistentHash{TNode}.Nodes"/>; its length is how many are wanted.</param>
    /// <returns>How many were written: the smaller of the wanted number and the number of nodes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    [SkipLocalsInit]
    public static int GetIndexesAcrossZones<TNode>(this IConsistentHash<TNode> hash, ulong keyHash, Span<int> destination)
        where TNode : INode
    {
        ArgumentNullException.ThrowIfNull(hash);
        int wanted = Math.Min(destination.Length, hash.Nodes.Count);
        Span<int> near = stackalloc int[PreferenceWalk.Near];
        int count = hash.GetIndexes(keyHash, near);
        int zones = TakeZones(hash.Nodes, near[..count], destination[..wanted]);
        if (zones == wanted || count == hash.Nodes.Count
            || (wanted <= count && ContainsAllZones(hash.Nodes, destination[..zones])))
        {
            TakeRest(near[..count], destination[..wanted], zones);
            return wanted;
        }

        int[] all = ArrayPool<int>.Shared.Rent(hash.Nodes.Count);
        try
        {
            Span<int> preferred = all.AsSpan(0, hash.GetIndexes(keyHash, all.AsSpan(0, hash.Nodes.Count)));
            TakeRest(preferred, destination[..wanted], TakeZones(hash.Nodes, preferred, destination[..wanted]));
            return wanted;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(all);
        }
    }

    /// <summary>Gets distinct nodes of a key in as many zones as possible, as <see cref="GetIndexesAcrossZones"/> finds them.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the nodes; its length is how many are wanted.</param>
    /// <returns>How many were written: the smaller of the wanted number and the number of nodes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> or <paramref name="key"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    public static int GetNodesAcrossZones<TNode>(this IConsistentHash<TNode> hash, string key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesAcrossZonesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodesAcrossZones{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodesAcrossZones<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<char> key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesAcrossZonesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodesAcrossZones{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodesAcrossZones<TNode>(this IConsistentHash<TNode> hash, ReadOnlySpan<byte> key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesAcrossZonesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodesAcrossZones{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodesAcrossZones<TNode>(this IConsistentHash<TNode> hash, long key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesAcrossZonesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodesAcrossZones{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodesAcrossZones<TNode>(this IConsistentHash<TNode> hash, ulong key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesAcrossZonesByHash(KeyHash.Of(key), destination);

    /// <inheritdoc cref="GetNodesAcrossZones{TNode}(IConsistentHash{TNode}, string, Span{TNode})"/>
    public static int GetNodesAcrossZones<TNode>(this IConsistentHash<TNode> hash, Guid key, Span<TNode> destination)
        where TNode : INode => hash.GetNodesAcrossZonesByHash(KeyHash.Of(key), destination);

    /// <summary>Gets distinct nodes of a hash in as many zones as possible, as <see cref="GetIndexesAcrossZones"/> finds them.</summary>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <param name="hash">The topology to look in.</param>
    /// <param name="keyHash">A well-mixed hash, such as <see cref="KeyHash"/> gives.</param>
    /// <param name="destination">Receives the nodes; its length is how many are wanted.</param>
    /// <returns>How many were written: the smaller of the wanted number and the number of nodes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    public static int GetNodesAcrossZonesByHash<TNode>(this IConsistentHash<TNode> hash, ulong keyHash, Span<TNode> destination)
        where TNode : INode
    {
        ArgumentNullException.ThrowIfNull(hash);
        int wanted = Math.Min(destination.Length, hash.Nodes.Count);
        Span<int> indexes = wanted <= MaxStackNodes ? stackalloc int[MaxStackNodes] : new int[wanted];
        int count = hash.GetIndexesAcrossZones(keyHash, indexes[..wanted]);
        for (int i = 0; i < count; i++)
        {
            destination[i] = hash.Nodes[indexes[i]];
        }

        return count;
    }

    /// <summary>Takes the first node of each zone, as far as there is room.</summary>
    private static int TakeZones<TNode>(IReadOnlyList<TNode> nodes, ReadOnlySpan<int> preferred, Span<int> destination)
        where TNode : INode
    {
        int taken = 0;
        for (int i = 0; i < preferred.Length && taken < destination.Length; i++)
        {
            if (!ContainsZone(nodes, destination[..taken], nodes[preferred[i]].Zone))
            {
                destination[taken++] = preferred[i];
            }
        }

        return taken;
    }

    /// <summary>Fills up with the nodes that were passed over.</summary>
    private static void TakeRest(ReadOnlySpan<int> preferred, Span<int> destination, int taken)
    {
        ReadOnlySpan<int> zones = destination[..taken];
        for (int i = 0; taken < destination.Length; i++)
        {
            if (!zones.Contains(preferred[i]))
            {
                destination[taken++] = preferred[i];
            }
        }
    }

    private static bool ContainsAllZones<TNode>(IReadOnlyList<TNode> nodes, ReadOnlySpan<int> taken)
        where TNode : INode
    {
        for (int index = 0; index < nodes.Count; index++)
        {
            if (!taken.Contains(index) && !ContainsZone(nodes, taken, nodes[index].Zone))
            {
                return false;
            }
        }

        return true;
    }

    private static bool ContainsZone<TNode>(IReadOnlyList<TNode> nodes, ReadOnlySpan<int> taken, string? zone)
        where TNode : INode
    {
        if (zone is null)
        {
            return false;
        }

        foreach (int index in taken)
        {
            if (nodes[index].Zone == zone)
            {
                return true;
            }
        }

        return false;
    }
}
