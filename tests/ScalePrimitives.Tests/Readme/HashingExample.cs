using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Readme;

public class HashingExample
{
    [Fact]
    public void Runs()
    {
        var ring = new HashRing<Node>([new Node("cache-1"), new Node("cache-2"), new Node("cache-3") { Weight = 2 }]);

        Node owner = ring.GetNode("user:42");                   // the same on every machine
        var replicas = new Node[2];
        ring.GetNodes("user:42", replicas);                     // the owner, then the next choice

        HashRing<Node> grown = ring.Add(new Node("cache-4"));   // immutable: a new ring
        RingDiff<Node> diff = HashRing<Node>.Diff(ring, grown); // who gives what to whom
        Console.WriteLine($"{diff.MovedShare:P0} of the keys move, all to {diff.Moves[0].To!.Id}");

        Assert.Same(ring.Nodes.Single(node => node.Id == owner.Id), replicas[0]);
        Assert.Equal("cache-4", diff.Moves[0].To!.Id);
    }
}
