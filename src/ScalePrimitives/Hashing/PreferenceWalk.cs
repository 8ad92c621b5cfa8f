using System.Buffers;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>Goes through the nodes of a key's hash, most preferred first, until one is taken.</summary>
internal static class PreferenceWalk
{
    /// <summary>How many nodes are asked for at first: almost every walk ends here.</summary>
    public const int Near = 16;

    private const int Growth = 4;

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
        if (found >= 0 || count == hash.Nodes.Count)
        {
            return found;
        }

        return hash is IPreferenceWalk walk
            ? walk.FindFirst(keyHash, near, ref choice)
            : FindByGetIndexes(hash, keyHash, ref choice);
    }

    // All that a topology from elsewhere offers is more and more of the nodes, from the first on.
    private static int FindByGetIndexes<TNode, TChoice>(IConsistentHash<TNode> hash, ulong keyHash, ref TChoice choice)
        where TNode : INode
        where TChoice : struct, INodeChoice
    {
        int nodes = hash.Nodes.Count;
        for (int asked = Near; asked < nodes;)
        {
            int[] rented = ArrayPool<int>.Shared.Rent(Math.Min(nodes, Growth * asked));
            try
            {
                Span<int> more = rented.AsSpan(0, Math.Min(nodes, Growth * asked));
                int count = hash.GetIndexes(keyHash, more);
                int found = FindFirst(more[..count], asked, ref choice);
                if (found >= 0)
                {
                    return found;
                }

                asked = more.Length;
            }
            finally
            {
                ArrayPool<int>.Shared.Return(rented);
            }
        }

        return -1;
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
