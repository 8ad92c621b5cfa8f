using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class HashRingTests
{
    [Fact]
    public void Placement_is_pinned()
    {
        var ring = new HashRing<Node>([new("a"), new("b"), new("c") { Weight = 2 }]);
        string owners = string.Concat(Enumerable.Range(0, 64).Select(i => ring.GetNode(i).Id));
        Assert.Equal("ccaaacabbccacbbacaaccabccccabcbacbacccccbcbacabbbcccbacbccaccccc", owners);
        Assert.Equal("aabac", string.Concat(new[] { "user:1", "user:2", "user:3", "", "größe" }.Select(key => ring.GetNode(key).Id)));
    }

    [Fact]
    public void Equal_points_belong_to_the_smaller_id()
    {
        // Two nodes with one id hash cannot be found by search, so the order is tested where it is decided.
        List<RingPoint> points = [new(7, 1), new(7, 0), new(3, 1)];
        points.Sort();
        var index = RingIndex.Of(points);
        Assert.Equal(0, index.Points[index.Successor(7)].Owner);
        Assert.Equal(0, index.Points[index.Successor(4)].Owner);
        Assert.Equal(1, index.Points[index.Successor(8)].Owner); // wraps to the point at 3
    }

    [Fact]
    public void Crowded_buckets_are_searched_to_their_end()
    {
        var index = RingIndex.Of([.. Enumerable.Range(0, 100).Select(i => new RingPoint((ulong)i * 10, i))]); // all in the first bucket
        for (ulong key = 0; key < 1000; key++)
        {
            int expected = key <= 990 ? (int)((key + 9) / 10) : 100;
            Assert.Equal(expected, index.Successor(key));
        }

        Assert.Equal(0, index.Points[index.Successor(ulong.MaxValue)].Owner);
    }

    [Fact]
    public void A_point_at_the_end_of_the_space_owns_the_greatest_hash()
    {
        var index = RingIndex.Of([new(5, 0), new(ulong.MaxValue, 1)]);
        Assert.Equal(1, index.Points[index.Successor(ulong.MaxValue)].Owner);
        Assert.Equal(1, index.Points[index.Successor(6)].Owner);
        Assert.Equal([6 / 18446744073709551616.0, 1.0], index.ComputeOwnership(2));
    }

    [Fact]
    public void Shares_follow_the_weights()
    {
        // 20,000 points make the expected error of a share of 1/7 about 0.7 %; 3 % is over four deviations.
        var ring = new HashRing<Node>([new("a"), new("b") { Weight = 2 }, new("c") { Weight = 4 }], new HashRingOptions { VirtualNodes = 20_000 });
        Assert.All(ring.Ownership.Zip([1 / 7.0, 2 / 7.0, 4 / 7.0]), pair => Assert.InRange(pair.First / pair.Second, 0.97, 1.03));
    }

    [Theory]
    [InlineData(10, 1.17)]
    [InlineData(100, 1.28)]
    [InlineData(1000, 1.39)]
    public void The_peak_load_stays_within_its_bound_for_nine_node_sets_in_ten(int nodes, double bound)
    {
        int sets = 10_000 / nodes; // fixed, so the figure is the same in every run
        double[] peaks = Enumerable.Range(0, sets)
            .Select(set => new HashRing<Node>(Enumerable.Range(0, nodes).Select(i => new Node($"set{set}-node{i}"))).Ownership.Max() * nodes)
            .Order().ToArray();
        Assert.InRange(peaks[sets * 9 / 10], 1, bound);
    }

    [Fact]
    public void A_join_moves_one_share_and_says_from_whom()
    {
        var before = new HashRing<Node>(Enumerable.Range(0, 4).Select(i => new Node($"n{i}")));
        HashRing<Node> after = before.Add(new Node("n4"));
        RingDiff<Node> diff = HashRing<Node>.Diff(before, after);
        Assert.All(diff.Moves, move => Assert.Equal("n4", move.To!.Id));
        Assert.Equal(4, diff.Moves.Select(move => move.From!.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(after.Ownership[4], diff.MovedShare, 12);
    }

    [Fact]
    public void A_ring_does_not_differ_from_itself()
    {
        var ring = new HashRing<Node>([new("a"), new("b")]);
        RingDiff<Node> diff = HashRing<Node>.Diff(ring, new HashRing<Node>([new("b"), new("a")]));
        Assert.Empty(diff.Moves);
        Assert.Equal(0, diff.MovedShare);
        Assert.Empty(HashRing<Node>.Diff(new HashRing<Node>([]), new HashRing<Node>([])).Moves);
    }

    [Fact]
    public void Emptying_a_ring_moves_everything_to_nobody()
    {
        var ring = new HashRing<Node>([new("a")]);
        RingMove<Node> move = Assert.Single(HashRing<Node>.Diff(ring, ring.Remove("a")).Moves);
        Assert.Equal(new HashRange(0, ulong.MaxValue), move.Range);
        Assert.Equal(1, move.Range.Share);
        Assert.Equal("a", move.From!.Id);
        Assert.Null(move.To);
    }

    [Fact]
    public void A_tiny_weight_still_has_a_point() =>
        Assert.True(new HashRing<Node>([new("a"), new("b") { Weight = 1e-9 }]).Ownership[1] > 0);

    [Fact]
    public void Weights_that_ask_for_too_many_points_are_refused_before_anything_is_built()
    {
        var heavy = new Node("heavy") { Weight = double.MaxValue };
        Assert.Throws<ArgumentException>("nodes", () => new HashRing<Node>([heavy, new("heavier") { Weight = double.MaxValue }]));
        Assert.Throws<ArgumentException>("node", () => new HashRing<Node>([]).Add(heavy));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65_537)]
    public void The_number_of_virtual_nodes_has_a_range(int virtualNodes)
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>("VirtualNodes", () => new HashRingOptions { VirtualNodes = virtualNodes });
        Assert.Contains("1 to 65536", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Custom_nodes_are_checked_like_the_built_in_ones()
    {
        Assert.Contains("'x'", Assert.Throws<ArgumentOutOfRangeException>("nodes", () => new HashRing<Custom>([new("x", double.NaN)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("nodes", () => new HashRing<Custom>([new("x", double.PositiveInfinity)]));
        Assert.Throws<ArgumentOutOfRangeException>("nodes", () => new HashRing<Custom>([new("x", 0)]));
        Assert.Throws<ArgumentOutOfRangeException>("nodes", () => new HashRing<Custom>([new("x", -1)]));
        Assert.Throws<ArgumentException>("nodes", () => new HashRing<Custom>([new("", 1)]));
        Assert.Throws<ArgumentNullException>("nodes", () => new HashRing<Custom>([new(null!, 1)]));
        Assert.Throws<ArgumentException>("nodes", () => new HashRing<Custom>([new("\uD800", 1)]));
        Assert.Throws<ArgumentOutOfRangeException>("node", () => new HashRing<Custom>([]).Add(new("x", -1)));
    }

    [Fact]
    public void Readers_always_see_one_whole_ring()
    {
        // Which ring it is shows in its guest; what that ring answers was noted before. An answer from two rings would differ.
        const int Keys = 64;
        var rings = Enumerable.Range(0, 50).Select(i => new HashRing<Node>([new("home"), new($"guest-{i}")])).ToArray();
        Dictionary<Node, string[]> answers = rings.ToDictionary(ring => ring.Nodes[0], ring => Enumerable.Range(0, Keys).Select(key => ring.GetNode(key).Id).ToArray());
        HashRing<Node> current = rings[0];
        long wrong = 0;
        Concurrently.Run(readers: 8, reads: 20_000, round =>
        {
            HashRing<Node> ring = Volatile.Read(ref current);
            if (ring.GetNode(round % Keys).Id != answers[ring.Nodes[0]][round % Keys])
            {
                Interlocked.Increment(ref wrong);
            }
        }, write: round => Volatile.Write(ref current, rings[round % rings.Length]));
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void A_node_that_changed_its_weight_since_it_joined_leaves_whole()
    {
        var moody = new Moody { Weight = 1 };
        HashRing<INode> ring = new HashRing<INode>([new Node("a")]).Add(moody);
        moody.Weight = 5;
        Assert.Equal("a", ring.Remove("moody").GetNode("key").Id);
        Assert.Equal([1.0], ring.Remove("moody").Ownership);
    }

    private sealed class Moody : INode
    {
        public string Id => "moody";

        public double Weight { get; set; }
    }

    private sealed record Custom(string Id, double Weight) : INode;
}
