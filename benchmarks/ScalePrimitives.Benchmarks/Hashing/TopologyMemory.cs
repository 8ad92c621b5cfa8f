using System.Globalization;
using Akka.Routing;
using Proto.Cluster;
using Proto.Cluster.Partition;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>How much memory does a topology keep, nodes not counted? Printed by the argument <c>memory</c>.</summary>
internal static class TopologyMemory
{
    private const int VirtualNodes = 160; // the same for all that have them

    public static void Print()
    {
        (string Name, Func<string[], Node[], Member[], object> Build)[] kinds =
        [
            ("SlotTable, 65,536 slots", (_, nodes, _) => new SlotTable<Node>(nodes)),
            ("HashRing", (_, nodes, _) => new HashRing<Node>(nodes, new HashRingOptions { VirtualNodes = VirtualNodes })),
            ("RendezvousHash", (_, nodes, _) => new RendezvousHash<Node>(nodes)),
            ("MaglevTable", (_, nodes, _) => new MaglevTable<Node>(nodes)),
            ("Textbook ring", (ids, _, _) => new TextbookRing(ids, VirtualNodes)),
            ("Akka ConsistentHash", (ids, _, _) => ConsistentHash.Create(ids, VirtualNodes)),
            ("Proto MemberHashRing", (_, _, members) => new MemberHashRing(members)),
        ];
        Console.WriteLine("| kilobytes | 10 nodes | 100 nodes | 1,000 nodes |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        foreach ((string name, Func<string[], Node[], Member[], object> build) in kinds)
        {
            string[] cells = new[] { 10, 100, 1000 }.Select(count => string.Create(CultureInfo.InvariantCulture, $"{Measure(count, build) / 1024.0:N1}")).ToArray();
            Console.WriteLine($"| {name} | {string.Join(" | ", cells)} |");
        }
    }

    private static long Measure(int count, Func<string[], Node[], Member[], object> build)
    {
        string[] ids = Enumerable.Range(0, count).Select(i => $"10.0.{i / 256}.{i % 256}:11211").ToArray();
        Node[] nodes = ids.Select(id => new Node(id)).ToArray();
        Member[] members = ids.Select((id, i) => new Member { Id = id, Host = "10.0.0.1", Port = i }).ToArray();
        build(ids, nodes, members); // what is made once for all is not counted
        long before = GC.GetTotalMemory(forceFullCollection: true);
        object topology = build(ids, nodes, members);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(topology);
        GC.KeepAlive((ids, nodes, members));
        return after - before;
    }
}
