namespace ScalePrimitives.Hashing;

/// <content>What moved between two rings.</content>
public sealed partial class HashRing<TNode>
{
    /// <summary>Tells what changed its owner between two rings, whatever lies between them.</summary>
    /// <param name="before">The earlier ring.</param>
    /// <param name="after">The later ring.</param>
    /// <returns>Exactly the hashes whose owner has another id, as merged ranges. O(points) of both.</returns>
    /// <exception cref="ArgumentNullException">A ring is null.</exception>
    public static RingDiff<TNode> Diff(HashRing<TNode> before, HashRing<TNode> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var moves = new List<RingMove<TNode>>();
        int i = 0;
        int j = 0;
        ulong first = 0;

        // Between two neighbouring points of either ring the owner is constant on both. i and j are the first points at or
        // after first; the sentinel behind the last point ends the walk at the greatest hash.
        while (true)
        {
            RingPoint old = before._index.Points[i];
            RingPoint young = after._index.Points[j];
            ulong last = Math.Min(old.Position, young.Position);
            Append(moves, new HashRange(first, last), before.OwnerOf(old), after.OwnerOf(young));
            if (last == ulong.MaxValue)
            {
                return new RingDiff<TNode>(moves.AsReadOnly());
            }

            first = last + 1;
            i = before._index.Skip(i, last);
            j = after._index.Skip(j, last);
        }
    }

    private static void Append(List<RingMove<TNode>> moves, HashRange range, TNode? from, TNode? to)
    {
        if (from?.Id == to?.Id)
        {
            return;
        }

        if (moves.Count > 0 && moves[^1] is { } previous && previous.Range.Last + 1 == range.First
            && previous.From?.Id == from?.Id && previous.To?.Id == to?.Id)
        {
            moves[^1] = previous with { Range = new HashRange(previous.Range.First, range.Last) };
        }
        else
        {
            moves.Add(new RingMove<TNode>(range, from, to));
        }
    }

    private TNode? OwnerOf(RingPoint point) => _nodes.Count == 0 ? default : _nodes[point.Owner];
}
