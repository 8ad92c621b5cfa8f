using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <content>Going on around the ring.</content>
public sealed partial class HashRing<TNode>
{
    int IPreferenceWalk.FindFirst<TChoice>(ulong keyHash, ReadOnlySpan<int> asked, ref TChoice choice) => Walk(keyHash, asked, ref choice);

    [SkipLocalsInit]
    private int Walk<TChoice>(ulong keyHash, ReadOnlySpan<int> asked, ref TChoice choice)
        where TChoice : struct, INodeChoice, allows ref struct
    {
        using var seen = new NodeBits(stackalloc ulong[NodeBits.BufferLength], _nodes.Count, asked);
        ReadOnlySpan<RingPoint> points = _index.Points;

        // Clockwise from the owner; one turn passes every node that has a point, so it meets all that are left.
        int left = _nodesOnRing - asked.Length;
        for (int i = _index.Successor(keyHash); left > 0; i++)
        {
            int owner = points[i < _index.Count ? i : i - _index.Count].Owner;
            if (seen.Add(owner))
            {
                left--;
                if (choice.Takes(owner))
                {
                    return owner;
                }
            }
        }

        // Another rule may leave a node of small weight without a point. It owns nothing, and is everybody's last choice.
        for (int owner = 0; owner < _nodes.Count; owner++)
        {
            if (seen.Add(owner) && choice.Takes(owner))
            {
                return owner;
            }
        }

        return -1;
    }
}
