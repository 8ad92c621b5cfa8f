using System.Buffers;

namespace ScalePrimitives.Hashing;

/// <summary>Goes through the nodes of a key's hash, most preferred first, until one is taken.</summary>
internal static class PreferenceWalk
{
    /// <summary>How many nodes are asked for at first: almost every walk ends here.</summary>
    public const int Near = 16;

    private const int Growth = 4;

    /// <summary>Finds the most preferred node that is taken.</summary>
    /// <returns>Its index; −1 when all are left. There must be nodes.</returns>
    public static int FindFirst<TNode, TChoice>(IConsistentHash<TNode> hash, ulong keyHash, ref TChoice choice)
        where TNode : INode
        where TChoice : struct, INodeChoice
    {
        int owner = hash.GetIndex(keyHash);
        if (choice.Takes(owner))
        {
            return owner;
        }

        return hash is IPreferenceWalk walk
            ? walk.FindFirst(keyHash, new ReadOnlySpan<int>(in owner), ref choice)
            : FindByGetIndexes(hash, keyHash, ref choice);
    }

    // All that a topology from elsewhere offers is more and more of the nodes, from the first on.
    private static int FindByGetIndexes<TNode, TChoice>(IConsistentHash<TNode> hash, ulong keyHash, ref TChoice choice)
        where TNode : INode
        where TChoice : struct, INodeChoice
    {
        int nodes = hash.Nodes.Count;
        int asked = 1;
        for (int wanted = Near; asked < nodes; wanted *= Growth)
        {
            wanted = Math.Min(wanted, nodes);
            int[] rented = ArrayPool<int>.Shared.Rent(wanted);
            try
            {
                int count = hash.GetIndexes(keyHash, rented.AsSpan(0, wanted));
                foreach (int index in rented.AsSpan(asked, count - asked))
                {
                    if (choice.Takes(index))
                    {
                        return index;
                    }
                }

                asked = wanted;
            }
            finally
            {
                ArrayPool<int>.Shared.Return(rented);
            }
        }

        return -1;
    }
}
