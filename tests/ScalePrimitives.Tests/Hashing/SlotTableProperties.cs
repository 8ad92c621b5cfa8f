using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class SlotTableProperties
{
    private static readonly SlotTableOptions Options = new() { SlotCount = 8_192 };

    [Property(Arbitrary = [typeof(NodeSets)], MaxTest = 15)]
    public bool Slots_go_by_the_definition_of_the_race(NodeSample sample)
    {
        // Every node's time at every slot, sorted: the definition, and nothing else. All nodes of a slot, so also the late ones.
        var table = new SlotTable<Node>(sample.Nodes, Options);
        SlotPermutation[] orders = table.Nodes.Select(node => new SlotPermutation(KeyHash.Of(node.Id), 13)).ToArray();
        (double Time, int Node)[][] races = Enumerable.Range(0, table.SlotCount).Select(_ => new (double, int)[orders.Length]).ToArray();
        for (int rank = 0; rank < table.SlotCount; rank++)
        {
            double time = PortableLog.Minus(1 - ((rank + 0.5) / table.SlotCount));
            for (int node = 0; node < orders.Length; node++)
            {
                races[orders[node].SlotAt(rank)][node] = (time / table.Nodes[node].Weight, node);
            }
        }

        Span<int> all = new int[orders.Length];
        Span<int> three = new int[Math.Min(3, orders.Length)];
        for (int slot = 0; slot < table.SlotCount; slot++)
        {
            Array.Sort(races[slot]);
            ulong key = (ulong)slot << 51;
            table.GetIndexes(key, all);
            table.GetIndexes(key, three);
            for (int place = 0; place < all.Length; place++)
            {
                if (all[place] != races[slot][place].Node || (place < 3 && three[place] != all[place]))
                {
                    return false;
                }
            }
        }

        return true;
    }

    [Property(Arbitrary = [typeof(NodeSets)], MaxTest = 15)]
    public bool Changes_equal_a_rebuild_slot_by_slot(NodeSample before, NodeSample after)
    {
        // From one set of nodes to another, through every kind of change.
        SlotTable<Node> table = new(before.Nodes, Options);
        foreach (Node node in after.Nodes)
        {
            table = table.Nodes.Any(present => present.Id == node.Id) ? table.Replace(node) : table.Add(node);
        }

        foreach (Node node in before.Nodes.ExceptBy(after.Nodes.Select(stays => stays.Id), leaver => leaver.Id, StringComparer.Ordinal))
        {
            table = table.Remove(node.Id);
        }

        return AreEqual(table, new SlotTable<Node>(after.Nodes, Options));
    }

    [Property(Arbitrary = [typeof(NodeSets)], MaxTest = 25)]
    public bool Ownership_counts_the_slots(NodeSample sample)
    {
        var table = new SlotTable<Node>(sample.Nodes, Options);
        int[] counts = new int[table.Nodes.Count];
        for (ulong slot = 0; slot < 8_192; slot++)
        {
            counts[table.GetIndex(slot << 51)]++;
        }

        return table.Ownership.SequenceEqual(counts.Select(count => count / 8_192.0));
    }

    [Property(Arbitrary = [typeof(NodeSets)], MaxTest = 25)]
    public bool Applying_a_diff_to_the_old_ownership_gives_the_new_one(NodeSample before, NodeSample after)
    {
        var old = new SlotTable<Node>(before.Nodes, Options);
        var young = new SlotTable<Node>(after.Nodes, Options);
        string[] owners = Owners(old);
        foreach (SlotTableMove<Node> move in SlotTable<Node>.Diff(old, young).Moves)
        {
            for (int slot = move.Range.First; slot <= move.Range.Last; slot++)
            {
                if (owners[slot] != move.From!.Id)
                {
                    return false;
                }

                owners[slot] = move.To!.Id;
            }
        }

        return owners.SequenceEqual(Owners(young), StringComparer.Ordinal);
    }

    [Property(Arbitrary = [typeof(NodeSets)], MaxTest = 25)]
    public bool A_diff_is_ordered_disjoint_and_merged(NodeSample before, NodeSample after)
    {
        IReadOnlyList<SlotTableMove<Node>> moves = SlotTable<Node>.Diff(new SlotTable<Node>(before.Nodes, Options), new SlotTable<Node>(after.Nodes, Options)).Moves;
        return moves.All(move => move.Range.First <= move.Range.Last && move.From!.Id != move.To!.Id)
            && moves.Zip(moves.Skip(1)).All(pair => pair.First.Range.Last < pair.Second.Range.First
                && !(pair.First.Range.Last + 1 == pair.Second.Range.First && pair.First.From!.Id == pair.Second.From!.Id && pair.First.To!.Id == pair.Second.To!.Id));
    }

    [Property(Arbitrary = [typeof(NodeSets)], MaxTest = 25)]
    public bool What_moves_is_exactly_what_is_owed(NodeSample sample)
    {
        var before = new SlotTable<Node>(sample.Nodes, Options);
        SlotTable<Node> after = before.Add(new Node("node-new"));
        int newcomer = after.Nodes.ToList().FindIndex(node => node.Id == "node-new");
        return SlotTable<Node>.Diff(before, after).MovedShare == after.Ownership[newcomer]
            && SlotTable<Node>.Diff(after, before).MovedShare == after.Ownership[newcomer];
    }

    private static string[] Owners(SlotTable<Node> table) =>
        Enumerable.Range(0, table.SlotCount).Select(slot => table.GetNodeByHash((ulong)slot << 51).Id).ToArray();

    private static bool AreEqual(SlotTable<Node> one, SlotTable<Node> other)
    {
        Span<int> left = new int[4];
        Span<int> right = new int[4];
        for (int slot = 0; slot < one.SlotCount; slot++)
        {
            int count = one.GetIndexes((ulong)slot << 51, left[..3]);
            if (other.GetIndexes((ulong)slot << 51, right[..3]) != count || !left[..count].SequenceEqual(right[..count]))
            {
                return false;
            }
        }

        return one.Nodes.SequenceEqual(other.Nodes) && one.Ownership.SequenceEqual(other.Ownership)
            && one.GetIndexes(1, left) == other.GetIndexes(1, right) && left.SequenceEqual(right);
    }
}
