using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class SlotTableTests
{
    [Fact]
    public void Placement_is_pinned()
    {
        var table = new SlotTable<Node>([new("a"), new("b"), new("c") { Weight = 2 }]);
        string owners = string.Concat(Enumerable.Range(0, 64).Select(i => table.GetNode(i).Id));
        Assert.Equal("bccaccaccaacabcbccbcacbbcacbcbabbcabacccccaacbcccaccaabaccacccac", owners);
        Assert.Equal("bccac", string.Concat(new[] { "user:1", "user:2", "user:3", "", "größe" }.Select(key => table.GetNode(key).Id)));
    }

    [Theory]
    [InlineData(10, 16, 5260040057886683977UL)]
    [InlineData(100, 12, 9791091222564506320UL)]
    [InlineData(1000, 16, 16990460549279269827UL)]
    public void Every_owner_and_replica_of_whole_tables_is_pinned(int nodes, int bits, ulong expected)
    {
        // A hash of the first five nodes of every slot: three stored, two computed. Weights from 1 to 2 make the divisions matter.
        var table = new SlotTable<Node>(
            Enumerable.Range(0, nodes).Select(i => new Node($"node-{i}") { Weight = 1 + (i % 7 / 7.0) }),
            new SlotTableOptions { SlotCount = 1 << bits });
        var hash = new XxHash3();
        int[] preferred = new int[5];
        for (ulong slot = 0; slot < (ulong)table.SlotCount; slot += (ulong)nodes / 10)
        {
            table.GetIndexes(slot << (64 - bits), preferred);
            hash.Append(MemoryMarshal.AsBytes<int>(preferred));
        }

        Assert.Equal(expected, hash.GetCurrentHashAsUInt64());
    }

    [Fact]
    public void A_join_moves_one_share_and_says_from_whom()
    {
        var before = new SlotTable<Node>(Enumerable.Range(0, 4).Select(i => new Node($"n{i}")));
        SlotTable<Node> after = before.Add(new Node("n4"));
        SlotTableDiff<Node> diff = SlotTable<Node>.Diff(before, after);
        Assert.All(diff.Moves, move => Assert.Equal("n4", move.To!.Id));
        Assert.Equal(4, diff.Moves.Select(move => move.From!.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(after.Ownership[4], diff.MovedShare);
        Assert.Equal(diff.MovedSlots, diff.Moves.Sum(move => move.Range.Count));
        Assert.InRange(diff.MovedShare, 0.19, 0.21);
    }

    [Fact]
    public void A_table_does_not_differ_from_itself()
    {
        var table = new SlotTable<Node>([new("a"), new("b")]);
        SlotTableDiff<Node> diff = SlotTable<Node>.Diff(table, new SlotTable<Node>([new("b"), new("a")]));
        Assert.Empty(diff.Moves);
        Assert.Equal(0, diff.MovedShare);
        Assert.Empty(SlotTable<Node>.Diff(new SlotTable<Node>([]), new SlotTable<Node>([])).Moves);
    }

    [Fact]
    public void Emptying_a_table_moves_everything_to_nobody()
    {
        var table = new SlotTable<Node>([new("a")]);
        SlotTableMove<Node> move = Assert.Single(SlotTable<Node>.Diff(table, table.Remove("a")).Moves);
        Assert.Equal(new SlotRange(0, 65_535), move.Range);
        Assert.Equal("[0, 65535]", move.Range.ToString());
        Assert.Equal("a", move.From!.Id);
        Assert.Null(move.To);
        Assert.Null(Assert.Single(SlotTable<Node>.Diff(table.Remove("a"), table).Moves).From);
    }

    [Fact]
    public void Tables_of_different_sizes_cannot_be_compared()
    {
        var small = new SlotTable<Node>([new("a")], new SlotTableOptions { SlotCount = 256 });
        string message = Assert.Throws<ArgumentException>("after", () => SlotTable<Node>.Diff(new SlotTable<Node>([new("a")]), small)).Message;
        Assert.Contains("65536", message, StringComparison.Ordinal);
        Assert.Contains("256", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("before", () => SlotTable<Node>.Diff(null!, small));
        Assert.Throws<ArgumentNullException>("after", () => SlotTable<Node>.Diff(small, null!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-256)]
    [InlineData(128)]
    [InlineData(1000)]
    [InlineData(1 << 25)]
    public void The_number_of_slots_is_a_power_of_two_in_a_range(int slotCount)
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>("SlotCount", () => new SlotTableOptions { SlotCount = slotCount });
        Assert.Contains("256 to 16777216", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(1 << 17)]
    public void The_number_of_slots_can_be_chosen(int slotCount)
    {
        var table = new SlotTable<Node>([new("a"), new("b")], new SlotTableOptions { SlotCount = slotCount });
        Assert.Equal(slotCount, table.SlotCount);
        Assert.Equal(0, table.GetSlot(0));
        Assert.Equal(slotCount - 1, table.GetSlot(ulong.MaxValue));
        Assert.Equal(1, table.Ownership.Sum());
    }

    [Fact]
    public void A_node_that_would_own_no_slot_is_refused_with_a_number_of_slots_that_would_do()
    {
        Node[] nodes = Enumerable.Range(0, 300).Select(i => new Node($"node-{i}") { Weight = 1 + (i % 3) }).ToArray();
        var crowded = new SlotTableOptions { SlotCount = 256 };
        var thrown = Assert.Throws<ArgumentException>("nodes", () => new SlotTable<Node>(nodes, crowded));
        Assert.Equal(300, new SlotTable<Node>(nodes, Advised(thrown)).Nodes.Count);

        // One by one, some node finds no slot long before there are as many nodes as slots, at the latest the 257th.
        SlotTable<Node> table = new([], crowded);
        thrown = Assert.Throws<ArgumentException>("node", () => nodes.Aggregate(table, (grown, node) => table = grown.Add(node)));
        Assert.Contains("would own none of the 256 slots", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(table.Nodes.Count + 1, new SlotTable<Node>(nodes.Take(table.Nodes.Count + 1), Advised(thrown)).Nodes.Count);
        Assert.Throws<ArgumentException>("node", () => table.Replace(table.Nodes[0] with { Weight = 1e-6 }));
    }

    [Fact]
    public void A_weight_too_small_for_any_table_is_refused_as_such()
    {
        var thrown = Assert.Throws<ArgumentException>("nodes", () => new SlotTable<Node>([new("a"), new("dust") { Weight = 1e-12 }]));
        Assert.Contains("'dust'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("more weight", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(double.Epsilon)]
    [InlineData(1e-300)]
    public void Only_the_ratio_of_weights_matters_even_at_the_ends_of_their_range(double weight)
    {
        const int Nodes = 20;
        var extreme = new SlotTable<Node>(Enumerable.Range(0, Nodes).Select(i => new Node($"n{i}") { Weight = weight }));
        var plain = new SlotTable<Node>(Enumerable.Range(0, Nodes).Select(i => new Node($"n{i}")));
        Assert.Empty(SlotTable<Node>.Diff(plain, extreme).Moves);
        Assert.Empty(SlotTable<Node>.Diff(plain, plain.Remove("n0").Add(new Node("n0"))).Moves);
        Assert.Empty(SlotTable<Node>.Diff(extreme, extreme.Remove("n0").Add(new Node("n0") { Weight = weight })).Moves);
    }

    // Times are kept in multiples of the greatest weight: what a table remembers of them must follow when that changes.
    [Theory]
    [InlineData(1)]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void A_table_whose_greatest_weight_comes_and_goes_equals_a_rebuild(double unit)
    {
        var options = new SlotTableOptions { SlotCount = 4096 };
        var nodes = new List<Node>();
        SlotTable<Node> table = new([], options);
        for (int i = 0; i < 24; i++)
        {
            nodes.Add(new Node($"n{i}") { Weight = unit * (i % 5 == 4 ? 40 : 1) });
            table = table.Add(nodes[^1]);
            AssertEqual();
            if (i % 5 == 4)
            {
                table = table.Remove(nodes[^1].Id);
                nodes.RemoveAt(nodes.Count - 1);
                AssertEqual();
            }
        }

        void AssertEqual()
        {
            var rebuilt = new SlotTable<Node>(nodes, options);
            int[] expected = new int[Math.Min(3, nodes.Count)];
            int[] actual = new int[expected.Length];
            for (ulong slot = 0; slot < 4096; slot++)
            {
                rebuilt.GetIndexes(slot << 52, expected);
                table.GetIndexes(slot << 52, actual);
                Assert.Equal(expected, actual);
            }
        }
    }

    [Fact]
    public void As_many_nodes_as_are_allowed_find_their_slots()
    {
        Node[] nodes = Enumerable.Range(0, 65_535).Select(i => new Node(i.ToString(CultureInfo.InvariantCulture))).ToArray();
        var thrown = Assert.Throws<ArgumentException>("nodes", () => new SlotTable<Node>(nodes, new SlotTableOptions { SlotCount = 32_768 }));
        SlotTableOptions advised = Advised(thrown);
        Assert.Equal(1 << 20, advised.SlotCount);
        var table = new SlotTable<Node>(nodes, advised);
        Assert.True(table.Ownership.Min() > 0);
        Assert.Throws<InvalidOperationException>(() => table.Add(new Node("one more")));
    }

    [Fact]
    public void A_table_grown_node_by_node_and_shrunk_again_equals_a_rebuild_at_every_size()
    {
        // From none to hundreds: the bound on what a newcomer has to visit is found anew now and then, and must never be too low.
        // The few nodes at either end leave places of the three free.
        var options = new SlotTableOptions { SlotCount = 2048 };
        Node[] nodes = Enumerable.Range(0, 100).Select(i => new Node($"n{i}") { Weight = 1 + (i % 2) }).ToArray();
        SlotTable<Node> table = new([], options);
        for (int count = 1; count <= nodes.Length; count++)
        {
            table = table.Add(nodes[count - 1]);
            AssertEqualToRebuild(count);
        }

        for (int count = nodes.Length - 1; count >= 0; count--)
        {
            table = table.Remove(nodes[count].Id);
            AssertEqualToRebuild(count);
        }

        void AssertEqualToRebuild(int count)
        {
            if (count is > 5 and < 95)
            {
                return;
            }

            var rebuilt = new SlotTable<Node>(nodes.Take(count), options);
            int[] left = new int[3];
            int[] right = new int[3];
            for (ulong slot = 0; slot < 2048 && count > 0; slot++)
            {
                Assert.Equal(rebuilt.GetIndexes(slot << 53, right), table.GetIndexes(slot << 53, left));
                Assert.Equal(right, left);
            }

            Assert.Equal(rebuilt.Ownership, table.Ownership);
        }
    }

    [Fact]
    public void Newcomers_reach_the_last_slots_they_are_owed()
    {
        // A newcomer stops visiting once it is later than all third arrivals. Where a slot gets its third very late, it must not have
        // stopped before; there are few such slots and seldom is it in time there, so many newcomers are tried.
        var options = new SlotTableOptions { SlotCount = 2048 };
        Node[] nodes = Enumerable.Range(0, 20).Select(i => new Node($"n{i}")).ToArray();
        var table = new SlotTable<Node>(nodes, options);
        int[] left = new int[3];
        int[] right = new int[3];
        for (int newcomer = 0; newcomer < 100; newcomer++)
        {
            var node = new Node($"newcomer-{newcomer}");
            SlotTable<Node> grown = table.Add(node);
            var rebuilt = new SlotTable<Node>(nodes.Append(node), options);
            for (ulong slot = 0; slot < 2048; slot++)
            {
                grown.GetIndexes(slot << 53, left);
                rebuilt.GetIndexes(slot << 53, right);
                Assert.True(left.AsSpan().SequenceEqual(right));
            }
        }
    }

    [Fact]
    public void Readers_always_see_one_whole_table()
    {
        // Every version has "home" and a guest of its own; an owner of another version would be neither.
        var start = new SlotTable<Node>([new("home")], new SlotTableOptions { SlotCount = 256 });
        SlotTable<Node> current = start.Add(new Node("guest"));
        long wrong = 0;
        Concurrently.Run(readers: 8, reads: 20_000, round =>
        {
            SlotTable<Node> table = Volatile.Read(ref current);
            Span<int> both = stackalloc int[2];
            ulong key = KeyHash.Of(round);
            if (table.GetIndexes(key, both) != 2 || both[0] != table.GetIndex(key) || both[0] + both[1] != 1 || table.Ownership.Count != 2)
            {
                Interlocked.Increment(ref wrong);
            }
        }, write: round => Volatile.Write(ref current, start.Add(new Node($"guest-{round}"))));
        Assert.Equal(0, wrong);
    }

    private static SlotTableOptions Advised(ArgumentException thrown)
    {
        string advice = thrown.Message[(thrown.Message.IndexOf("A SlotCount of ", StringComparison.Ordinal) + 15)..];
        return new SlotTableOptions { SlotCount = int.Parse(advice[..advice.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture) };
    }
}
