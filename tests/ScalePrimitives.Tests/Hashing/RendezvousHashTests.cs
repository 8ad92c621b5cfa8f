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
    public void Only_the_ratio_of_weights_matters(double weight)
    {
        var extreme = new RendezvousHash<Node>(Enumerable.Range(0, 10).Select(i => new Node($"n{i}") { Weight = weight }));
        var plain = new RendezvousHash<Node>(Enumerable.Range(0, 10).Select(i => new Node($"n{i}")));
        Assert.All(Enumerable.Range(0, 1000), key => Assert.Equal(plain.GetIndex(KeyHash.Of(key)), extreme.GetIndex(KeyHash.Of(key))));
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
