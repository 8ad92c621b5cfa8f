using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class BoundedLoadTests
{
    [Fact]
    public void A_hot_key_spills_over_to_its_next_choices_in_order()
    {
        // Of 10 loads on 4 equal nodes at ε = 0.25 each may carry ⌈1.25 · 10 / 4⌉ = 4.
        var topology = new SlotTable<Node>([new("a"), new("b"), new("c"), new("d")]);
        var balancer = new BoundedLoad<Node>(topology);
        ulong hot = KeyHash.Of("hot");
        string[] given = Enumerable.Range(0, 10).Select(_ => balancer.Acquire(hot).Node.Id).ToArray();
        Node[] preferred = new Node[4];
        topology.GetNodesByHash(hot, preferred);

        // Bounds while it fills up: 1, 1, 1, 2, 2, 2, 3, 3, 3, 4.
        int[] places = given.Select(id => Array.FindIndex(preferred, node => node.Id == id)).ToArray();
        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], places);
        Assert.Equal(10, balancer.TotalLoad);
        Assert.Equal([4, 3, 3, 0], preferred.Select(node => balancer.GetLoad(node.Id)));
    }

    [Fact]
    public void A_product_that_is_whole_is_not_rounded_up()
    {
        // 1.05 · 20 / 3 is 7 exactly, but above 7 in floating point: the twentieth load must not be a node's eighth.
        var balancer = new BoundedLoad<Node>(new RendezvousHash<Node>([new("a"), new("b"), new("c")]), 0.05);
        for (int i = 0; i < 20; i++)
        {
            balancer.Acquire(1);
        }

        Assert.Equal(7, balancer.Topology.Nodes.Max(node => balancer.GetLoad(node.Id)));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.25)]
    [InlineData(10)]
    public void Every_placement_is_the_first_choice_below_its_bound(double epsilon)
    {
        // The definition in exact fractions: load < ⌈(1 + ε) · T · w / W⌉ with whole hundredths of ε and whole weights.
        var topology = new HashRing<Node>([new("a"), new("b") { Weight = 3 }, new("c") { Weight = 2 }, new("d"), new("e") { Weight = 7 }]);
        var balancer = new BoundedLoad<Node>(topology, epsilon);
        var random = new Random(7);
        var leases = new List<BoundedLoadLease<Node>>();
        var loads = topology.Nodes.ToDictionary(node => node.Id, _ => 0L);
        Node[] preferred = new Node[5];
        for (int step = 0; step < 5000; step++)
        {
            if (leases.Count > 0 && random.Next(100) < 45)
            {
                int index = random.Next(leases.Count);
                loads[leases[index].Node.Id]--;
                leases[index].Dispose();
                leases.RemoveAt(index);
                continue;
            }

            ulong key = KeyHash.Of(random.Next(6)); // few keys, so that spilling over is common
            long hundredths = (long)Math.Round(100 * (1 + epsilon)) * (leases.Count + 1);
            topology.GetNodesByHash(key, preferred);
            Node expected = preferred.First(node => loads[node.Id] < (((hundredths * (long)node.Weight) + 1400 - 1) / 1400));
            BoundedLoadLease<Node> lease = balancer.Acquire(key);
            Assert.Equal(expected.Id, lease.Node.Id);
            loads[expected.Id]++;
            leases.Add(lease);
        }

        Assert.Equal(leases.Count, balancer.TotalLoad);
        Assert.All(topology.Nodes, node => Assert.Equal(loads[node.Id], balancer.GetLoad(node.Id)));
    }

    [Fact]
    public void Only_the_first_disposal_counts_also_of_copies_and_of_reused_tickets()
    {
        var balancer = new BoundedLoad<Node>(new SlotTable<Node>([new("a")]));
        BoundedLoadLease<Node> lease = balancer.Acquire(1);
        BoundedLoadLease<Node> copy = lease;
        lease.Dispose();
        copy.Dispose();
        lease.Dispose();
        Assert.Equal(0, balancer.TotalLoad);

        BoundedLoadLease<Node> later = balancer.Acquire(1); // on the ticket of the first
        copy.Dispose();
        Assert.Equal(1, balancer.TotalLoad);
        Assert.Equal(1, balancer.GetLoad("a"));
        later.Dispose();
        Assert.Equal(0, balancer.GetLoad("a"));
        default(BoundedLoadLease<Node>).Dispose();
    }

    [Fact]
    public void A_new_topology_keeps_the_loads_of_nodes_that_stay()
    {
        var balancer = new BoundedLoad<Node>(new SlotTable<Node>([new("a"), new("b")]), 10);
        BoundedLoadLease<Node>[] leases = Enumerable.Range(0, 100).Select(i => balancer.Acquire(KeyHash.Of(i))).ToArray();
        long onA = balancer.GetLoad("a");
        Assert.InRange(onA, 1, 99);

        balancer.Update(new SlotTable<Node>([new("a"), new("c")]));
        Assert.Equal(onA, balancer.GetLoad("a"));
        Assert.Equal(0, balancer.GetLoad("c"));
        Assert.Equal(onA, balancer.TotalLoad); // the loads on b no longer count
        Assert.Throws<ArgumentException>("nodeId", () => balancer.GetLoad("b"));

        balancer.Update(new SlotTable<Node>([new("a"), new("b")]));
        Assert.Equal(0, balancer.GetLoad("b"));
        Array.ForEach(leases, lease => lease.Dispose());
        Assert.Equal(0, balancer.GetLoad("a"));
        Assert.Equal(0, balancer.GetLoad("b"));
        Assert.Equal(0, balancer.TotalLoad);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(1)]
    public void Loads_stay_below_the_bound_while_eight_threads_acquire_and_release(double epsilon)
    {
        // Each thread holds at most Held leases and changes one at a time, all for one hot key. T never exceeds 8 · Held, so no
        // node may ever carry more than ⌈(1 + ε) · 8 · Held · w / W⌉: that is asserted at every moment a thread looks. The key's
        // first choice is at its bound nearly always, so a check and an increment that are not one would overshoot at once.
        const int Threads = 8;
        const int Held = 25;
        var topology = new RendezvousHash<Node>(Enumerable.Range(0, 10).Select(i => new Node($"n{i}") { Weight = 1 + (i % 3) }));
        var balancer = new BoundedLoad<Node>(topology, epsilon);
        var bounds = topology.Nodes.ToDictionary(node => node.Id, node => (long)Math.Ceiling((1 + epsilon) * Threads * Held * node.Weight / 19), StringComparer.Ordinal);
        long above = 0;
        Concurrently.Run(Threads, thread =>
        {
            var random = new Random(thread);
            var leases = new BoundedLoadLease<Node>[Held];
            for (int step = 0; step < 20_000; step++)
            {
                int place = random.Next(Held);
                leases[place].Dispose();
                leases[place] = balancer.Acquire(42);
                string id = leases[place].Node.Id;
                if (balancer.GetLoad(id) > bounds[id] || balancer.TotalLoad > Threads * Held)
                {
                    Interlocked.Increment(ref above);
                }
            }

            Array.ForEach(leases, lease => lease.Dispose());
        });
        Assert.Equal(0, above);
        Assert.Equal(0, balancer.TotalLoad);
        Assert.All(topology.Nodes, node => Assert.Equal(0, balancer.GetLoad(node.Id)));
    }

    [Fact]
    public void Copies_of_leases_disposed_on_eight_threads_and_topologies_that_change_lose_no_load()
    {
        const int Leases = 500;
        SlotTable<Node>[] topologies =
        [
            new([new("a"), new("b"), new("c")], new SlotTableOptions { SlotCount = 256 }),
            new([new("a"), new("c"), new("d")], new SlotTableOptions { SlotCount = 256 }),
            new([new("b"), new("c")], new SlotTableOptions { SlotCount = 256 }),
        ];
        var balancer = new BoundedLoad<Node>(topologies[0]);
        var shared = new BoundedLoadLease<Node>[Leases];
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < Leases; i++)
            {
                shared[i] = balancer.Acquire(KeyHash.Of(i));
            }

            Concurrently.Run(9, thread =>
            {
                if (thread == 8)
                {
                    Array.ForEach(topologies, balancer.Update);
                    return;
                }

                for (int i = 0; i < Leases; i++)
                {
                    shared[i].Dispose(); // all threads dispose all leases
                    balancer.Acquire(KeyHash.Of(i)).Dispose();
                }
            });
            Assert.Equal(0, balancer.TotalLoad);
            Assert.All(balancer.Topology.Nodes, node => Assert.Equal(0, balancer.GetLoad(node.Id)));
        }
    }

    [Fact]
    public void Acquire_allocates_nothing_once_warm()
    {
        var balancer = new BoundedLoad<Node>(new SlotTable<Node>(Enumerable.Range(0, 100).Select(i => new Node($"n{i}"))));
        using BoundedLoadLease<Node> held = balancer.Acquire(1); // so that some calls spill over
        ulong key = 0;
        Allocations.AssertNone(() =>
        {
            using BoundedLoadLease<Node> first = balancer.Acquire(1);
            using BoundedLoadLease<Node> second = balancer.Acquire(key++ << 40);
            return (ulong)second.Node.Id.Length;
        });
    }

    [Fact]
    public void Spilling_over_past_the_near_choices_finds_the_last_node()
    {
        // 40 loads of one key at ε = 0.01 fill 40 nodes with one load each: the walk goes far beyond the first sixteen.
        var balancer = new BoundedLoad<Node>(new RendezvousHash<Node>(Enumerable.Range(0, 41).Select(i => new Node($"n{i}"))), 0.01);
        string[] given = Enumerable.Range(0, 40).Select(_ => balancer.Acquire(1).Node.Id).ToArray();
        Assert.Equal(40, given.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        var topology = new SlotTable<Node>([]);
        Assert.Throws<ArgumentNullException>("topology", () => new BoundedLoad<Node>(null!));
        Assert.Throws<ArgumentOutOfRangeException>("epsilon", () => new BoundedLoad<Node>(topology, 0.009));
        Assert.Throws<ArgumentOutOfRangeException>("epsilon", () => new BoundedLoad<Node>(topology, 10.1));
        Assert.Throws<ArgumentOutOfRangeException>("epsilon", () => new BoundedLoad<Node>(topology, double.NaN));
        var balancer = new BoundedLoad<Node>(topology);
        Assert.Throws<ArgumentNullException>("topology", () => balancer.Update(null!));
        Assert.Throws<ArgumentNullException>("nodeId", () => balancer.GetLoad(null!));
        Assert.Throws<InvalidOperationException>(() => balancer.Acquire(1));
        Assert.Equal(0, balancer.TotalLoad);
    }
}
