using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class RendezvousHashTests
{
    [Fact]
    public void Placement_is_pinned()
    {
        var hash = new RendezvousHash<Node>([new("a"), new("b"), new("c") { Weight = 2 }]);
        string owners = string.Concat(Enumerable.Range(0, 64).Select(i => hash.GetNode(i).Id));
        Assert.Equal("bbacccabbcbbcaacbccacccccbccacabaacbcbccbaacbcccaaccbbccccccccca", owners);
    }

    [Fact]
    public void Keys_follow_the_weights()
    {
        // Of 40,000 keys a share of 1/7 deviates by 1.2 %; 5 % is four deviations.
        const int Keys = 40_000;
        var hash = new RendezvousHash<Node>([new("a"), new("b") { Weight = 2 }, new("c") { Weight = 4 }]);
        int[] counts = new int[3];
        for (int key = 0; key < Keys; key++)
        {
            counts[hash.GetIndex(KeyHash.Of(key))]++;
        }

        Assert.All(counts.Zip([1, 2, 4]), pair => Assert.InRange(pair.First / (Keys * pair.Second / 7.0), 0.95, 1.05));
    }

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(1e-250)]
    [InlineData(1e-300)]
    [InlineData(double.Epsilon)]
    public void Only_the_ratio_of_weights_matters(double weight)
    {
        var extreme = new RendezvousHash<Node>(Enumerable.Range(0, 10).Select(i => new Node($"n{i}") { Weight = weight }));
        var plain = new RendezvousHash<Node>(Enumerable.Range(0, 10).Select(i => new Node($"n{i}")));
        Assert.All(Enumerable.Range(0, 1000), key => Assert.Equal(plain.GetIndex(KeyHash.Of(key)), extreme.GetIndex(KeyHash.Of(key))));
    }

    [Theory]
    [InlineData(1e-300, 1e-40)]
    [InlineData(1e-320, 1e-200)] // subnormal
    [InlineData(1e40, 1e300)]
    public void Light_nodes_keep_their_order_beside_one_of_another_magnitude(double light, double heavy)
    {
        var alone = new RendezvousHash<Node>(Enumerable.Range(0, 10).Select(i => new Node($"n{i}") { Weight = light }));
        RendezvousHash<Node> mixed = alone.Add(new Node("heavy") { Weight = heavy });
        int[] order = new int[10];
        int[] beside = new int[11];
        for (int key = 0; key < 1000; key++)
        {
            alone.GetIndexes(KeyHash.Of(key), order);
            mixed.GetIndexes(KeyHash.Of(key), beside);
            Assert.Equal(["heavy", .. order.Select(index => alone.Nodes[index].Id)], beside.Select(index => mixed.Nodes[index].Id));
        }

        Assert.Equal(0, mixed.Remove("heavy").GetIndex(1) - alone.GetIndex(1));
    }

    [Fact]
    public void Weights_too_far_apart_to_be_compared_are_refused_with_the_range()
    {
        Node[] nodes = [new("light") { Weight = 1e-300 }, new("heavy")];
        Assert.Contains("2^-900", Assert.Throws<ArgumentException>("nodes", () => new RendezvousHash<Node>(nodes)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("node", () => new RendezvousHash<Node>(nodes[..1]).Add(nodes[1]));
        Assert.Throws<ArgumentException>("node", () => new RendezvousHash<Node>([new("light"), nodes[1]]).Replace(nodes[0]));
    }

    [Fact]
    public void Readers_always_see_one_whole_topology()
    {
        var start = new RendezvousHash<Node>([new("home")]);
        RendezvousHash<Node> current = start.Add(new Node("guest"));
        long wrong = 0;
        Concurrently.Run(readers: 8, reads: 20_000, round =>
        {
            RendezvousHash<Node> hash = Volatile.Read(ref current);
            if (hash.Nodes.Count != 2 || hash.GetIndex(KeyHash.Of(round)) is not (0 or 1))
            {
                Interlocked.Increment(ref wrong);
            }
        }, write: round => Volatile.Write(ref current, start.Add(new Node($"guest-{round}"))));
        Assert.Equal(0, wrong);
    }
}
