using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>Walks past the near choices: in the order of preference, each node once, and no further than they must.</summary>
public class PreferenceWalkTests
{
    /// <summary>Topologies that walk in their own ways, around the sizes at which the way changes.</summary>
    public static TheoryData<string, int> Topologies => new(
        (from name in (string[])["ring", "ketama", "slots", "rendezvous", "maglev", "foreign"]
         from nodes in (int[])[1, 2, 4, 16, 17, 40, 65, 300]
         select (name, nodes)).Concat([("ring", 4_100), ("rendezvous", 4_100), ("maglev", 4_100)]));

    [Theory]
    [MemberData(nameof(Topologies))]
    public void Nodes_are_asked_in_the_order_of_preference_each_once_until_one_is_up(string name, int nodes)
    {
        IConsistentHash<Node> topology = Create(name, nodes);
        int[] order = new int[nodes];
        for (int key = 0; key < 20; key++)
        {
            ulong hash = KeyHash.Of(key);
            Assert.Equal(nodes, topology.GetIndexes(hash, order));
            Assert.Equal(nodes, order.Distinct().Count());
            foreach (int place in (int[])[0, nodes / 2, nodes - 1, nodes])
            {
                var asked = new List<string>();
                string? up = place == nodes ? null : topology.Nodes[order[place]].Id;
                Assert.Equal(up is not null, topology.TryGetNodeByHash(hash, IsUp, out Node? found));
                Assert.Equal(up, found?.Id);
                Assert.Equal(order.Take(place + 1).Select(index => topology.Nodes[index].Id), asked);

                bool IsUp(Node node)
                {
                    asked.Add(node.Id);
                    return node.Id == up;
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Topologies))]
    public void Fewer_nodes_are_the_first_of_more(string name, int nodes)
    {
        IConsistentHash<Node> topology = Create(name, nodes);
        int[] all = new int[nodes];
        for (int key = 0; key < 20; key++)
        {
            topology.GetIndexes(KeyHash.Of(key), all);
            foreach (int wanted in (int[])[1, 3, 16, 17, 33, nodes - 1])
            {
                int[] some = new int[Math.Clamp(wanted, 1, nodes)];
                Assert.Equal(some.Length, topology.GetIndexes(KeyHash.Of(key), some));
                Assert.Equal(all.Take(some.Length), some);
            }
        }
    }

    [Fact]
    public void A_load_goes_to_the_first_choice_with_room_however_far()
    {
        foreach (string name in (string[])["ring", "slots", "rendezvous", "maglev", "foreign"])
        {
            // As many loads of one key as fill hundreds of nodes; then some in the middle go, and their places are taken again, best first.
            IConsistentHash<Node> topology = Create(name, 500);
            var balancer = new BoundedLoad<Node>(topology, 0.01);
            int[] order = new int[500];
            topology.GetIndexes(1, order);
            BoundedLoadLease<Node>[] leases = [.. Enumerable.Range(0, 400).Select(_ => balancer.Acquire(1))];
            Assert.Equal(order.Take(400).Select(index => topology.Nodes[index].Id), leases.Select(lease => lease.Node.Id));
            foreach (int place in (int[])[350, 20, 200])
            {
                leases[place].Dispose();
            }

            string[] again = [.. Enumerable.Range(0, 4).Select(_ => balancer.Acquire(1).Node.Id)];
            Assert.Equal(((int[])[20, 200, 350, 400]).Select(place => topology.Nodes[order[place]].Id), again);
        }
    }

    [Fact]
    public void A_topology_from_elsewhere_is_asked_for_few_more_nodes_than_are_needed()
    {
        var foreign = new Foreign(new RendezvousHash<Node>(Nodes(1000)));
        var balancer = new BoundedLoad<Node>(foreign, 0.01);
        for (int i = 0; i < 40; i++)
        {
            balancer.Acquire(1);
        }

        Assert.InRange(foreign.MostWanted, 17, 4 * 40); // all 1,000 would do as well, and take as long
    }

    [Fact]
    public void Walking_far_allocates_nothing_once_warm()
    {
        foreach (string name in (string[])["ring", "slots", "rendezvous", "maglev"])
        {
            var balancer = new BoundedLoad<Node>(Create(name, 300), 0.01);
            for (int i = 0; i < 200; i++)
            {
                balancer.Acquire(1);
            }

            Allocations.AssertNone(() =>
            {
                using BoundedLoadLease<Node> lease = balancer.Acquire(1);
                return (ulong)lease.Node.Id.Length;
            });
        }
    }

    private static IEnumerable<Node> Nodes(int count) => Enumerable.Range(0, count).Select(i => new Node($"n{i}:80"));

    private static IConsistentHash<Node> Create(string name, int nodes) => name switch
    {
        "ring" => new HashRing<Node>(Nodes(nodes)),
        "slots" => new SlotTable<Node>(Nodes(nodes)),
        "rendezvous" => new RendezvousHash<Node>(Nodes(nodes)),
        "maglev" => new MaglevTable<Node>(Nodes(nodes)),
        "ketama" => Ketama.CreateRing(Nodes(nodes).Select((node, i) => node with { Weight = i % 4 == 0 ? 1 : 1000 }), KetamaFlavor.Libketama), // some without a point
        _ => new Foreign(new RendezvousHash<Node>(Nodes(nodes))),
    };

    /// <summary>A topology that the walk knows nothing about.</summary>
    private sealed class Foreign(IConsistentHash<Node> inner) : IConsistentHash<Node>
    {
        public int MostWanted { get; private set; }

        public IReadOnlyList<Node> Nodes => inner.Nodes;

        public int GetIndex(ulong keyHash) => inner.GetIndex(keyHash);

        public int GetIndexes(ulong keyHash, Span<int> destination)
        {
            MostWanted = Math.Max(MostWanted, destination.Length);
            return inner.GetIndexes(keyHash, destination);
        }
    }
}
