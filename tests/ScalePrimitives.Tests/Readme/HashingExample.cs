using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Readme;

public class HashingExample
{
    [Fact]
    public void Runs()
    {
        var table = new SlotTable<Node>([new Node("cache-1"), new Node("cache-2"), new Node("cache-3") { Weight = 2 }]);

        Node owner = table.GetNode("user:42");                    // the same on every machine
        var replicas = new Node[2];
        table.GetNodes("user:42", replicas);                      // the owner, then the next choice

        SlotTable<Node> grown = table.Add(new Node("cache-4"));   // immutable: a new table
        SlotTableDiff<Node> diff = SlotTable<Node>.Diff(table, grown);
        Console.WriteLine($"{diff.MovedShare:P0} of the keys move, all to {diff.Moves[0].To!.Id}");

        Assert.Same(owner, replicas[0]);
        Assert.NotSame(owner, replicas[1]);
        Assert.All(diff.Moves, move => Assert.Equal("cache-4", move.To!.Id));
    }
}
