using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class HashRingProperties
{
    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool A_key_belongs_to_the_first_point_at_or_after_it(NodeSample sample, DoNotSize<ulong>[] keys, PositiveInt virtualNodes)
    {
        var ring = new HashRing<Node>(sample.Nodes, new HashRingOptions { VirtualNodes = virtualNodes.Get });
        TextbookRing oracle = new(sample.Nodes, virtualNodes.Get);
        return keys.Select(key => key.Item).Concat(oracle.Edges()).All(key => ring.GetNodeByHash(key).Id == oracle.Owner(key));
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Ownership_sums_to_one(NodeSample sample)
    {
        var ring = new HashRing<Node>(sample.Nodes);
        return Math.Abs(ring.Ownership.Sum() - 1) < 1e-12 && ring.Ownership.All(share => share > 0);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Ownership_is_what_the_ring_gains_over_an_empty_one(NodeSample sample)
    {
        var ring = new HashRing<Node>(sample.Nodes);
        RingDiff<Node> gained = HashRing<Node>.Diff(new HashRing<Node>([]), ring);
        return ring.Nodes.Select((node, index) => Math.Abs(ring.Ownership[index] - gained.Moves.Where(move => move.To == node).Sum(move => move.Range.Share)))
            .All(error => error < 1e-12);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Applying_a_diff_to_the_old_ownership_gives_the_new_one(NodeSample before, NodeSample after, DoNotSize<ulong>[] keys)
    {
        var options = new HashRingOptions { VirtualNodes = 8 };
        var old = new HashRing<Node>(before.Nodes, options);
        var young = new HashRing<Node>(after.Nodes, options);
        RingDiff<Node> diff = HashRing<Node>.Diff(old, young);
        IEnumerable<ulong> edges = diff.Moves.SelectMany(move => new[] { move.Range.First, move.Range.First - 1, move.Range.Last, move.Range.Last + 1 });
        return keys.Select(key => key.Item).Concat(edges).All(key => Applied(key) == young.GetNodeByHash(key).Id);

        string Applied(ulong key)
        {
            string owner = old.GetNodeByHash(key).Id;
            RingMove<Node>[] hits = diff.Moves.Where(move => move.Range.Contains(key)).ToArray();
            return hits switch
            {
                [] => owner,
                [var hit] when hit.From!.Id == owner => hit.To!.Id,
                _ => "two moves, or one from a stranger",
            };
        }
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool A_diff_is_ordered_disjoint_and_merged(NodeSample before, NodeSample after)
    {
        IReadOnlyList<RingMove<Node>> moves = HashRing<Node>.Diff(new HashRing<Node>(before.Nodes), new HashRing<Node>(after.Nodes)).Moves;
        return moves.All(move => move.Range.First <= move.Range.Last && move.From!.Id != move.To!.Id)
            && moves.Zip(moves.Skip(1)).All(pair => pair.First.Range.Last < pair.Second.Range.First
                && !(pair.First.Range.Last + 1 == pair.Second.Range.First && pair.First.From!.Id == pair.Second.From!.Id && pair.First.To!.Id == pair.Second.To!.Id));
    }

    /// <summary>The definition, point by point, with a linear search.</summary>
    private sealed class TextbookRing(Node[] nodes, int virtualNodes)
    {
        private readonly (ulong Position, string Id)[] _points = nodes
            .SelectMany(node => Points(node, virtualNodes).Select(position => (position, node.Id)))
            .OrderBy(point => point.position).ThenBy(point => point.Id, StringComparer.Ordinal)
            .ToArray();

        public string Owner(ulong key) => _points.FirstOrDefault(point => point.Position >= key, _points[0]).Id;

        public IEnumerable<ulong> Edges() => _points.Take(20).Append(_points[^1]).SelectMany(point => new[] { point.Position - 1, point.Position, point.Position + 1 })
            .Append(0UL).Append(ulong.MaxValue);

        private static IEnumerable<ulong> Points(Node node, int virtualNodes)
        {
            ulong state = KeyHash.Of(node.Id);
            for (int i = 0; i < Math.Max(1, (int)Math.Round(node.Weight * virtualNodes)); i++)
            {
                state = unchecked(state + 0x9E3779B97F4A7C15);
                ulong z = unchecked((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9);
                z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
                yield return z ^ (z >> 31);
            }
        }
    }
}
