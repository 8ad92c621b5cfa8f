using System.Buffers;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>Decides about nodes in turn. Implemented by structs, so that a walk with a choice that keeps state allocates nothing.</summary>
internal interface INodeChoice
{
    /// <summary>Takes a node or leaves it.</summary>
    bool Takes(int index);
}

/// <summary>Goes through the nodes of a key's hash, most preferred first, until one is taken.</summary>
internal static class PreferenceWalk
{
    /// <summary>How many nodes are asked for before all are: almost every walk ends here, and the rest may cost O(nodes).</summary>
    public const int Near = 16;

    /// <summary>Finds the most preferred node that is taken.</summary>
    /// <returns>Its index; −1 when all are left. There must be nodes.</returns>
    [SkipLocalsInit]
    public static int FindFirst<TNode, TChoice>(IConsistentHash<TNode> hash, ulong keyHash, ref TChoice choice)
        where TNode : INode
        where TChoice : struct, INodeChoice
    {
        int owner = hash.GetIndex(keyHash);
        if (choice.Takes(owner))
        {
            return owner;
        }

        Span<int> near = stackalloc int[Near];
        int count = hash.GetIndexes(keyHash, near);
        int found = FindFirst(near[..count], from: 1, ref choice);
        return found >= 0 || count == hash.Nodes.Count ? found : FindFar(hash, keyHash, ref choice);
    }

    private static int FindFar<TNode, TChoice>(IConsistentHash<TNode> hash, ulong keyHash, ref TChoice choice)
        where TNode : INode
        where TChoice : struct, INodeChoice
    {
        int[] all = ArrayPool<int>.Shared.Rent(hash.Nodes.Count);
        try
        {
            int count = hash.GetIndexes(keyHash, all.AsSpan(0, hash.Nodes.Count));
            return FindFirst(all.AsSpan(0, count), from: Near, ref choice);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(all);
        }
    }

    private static int FindFirst<TChoice>(ReadOnlySpan<int> indexes, int from, ref TChoice choice)
        where TChoice : struct, INodeChoice
    {
        foreach (int index in indexes[from..])
        {
            if (choice.Takes(index))
            {
                return index;
            }
        }

        return -1;
    }
}
