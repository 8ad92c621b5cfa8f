using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class MaglevTableProperties
{
    private static readonly MaglevTableOptions Small = new() { TableSize = 1009 };

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool A_key_belongs_to_the_slot_of_its_remainder(NodeSample sample, DoNotSize<ulong>[] keys)
    {
        var table = new MaglevTable<Node>(sample.Nodes, Small);
        return keys.All(key => table.GetIndex(key.Item) == table.Owners[(int)(key.Item % 1009)]);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Replicas_are_the_nodes_of_Envoys_retries_each_once(NodeSample sample, DoNotSize<ulong> key)
    {
        var table = new MaglevTable<Node>(sample.Nodes, Small);
        var retries = new List<int>();
        for (ulong attempt = 0; retries.Count < sample.Nodes.Length; attempt++)
        {
            ulong hash = attempt == 0 ? key.Item : key.Item ^ unchecked(ulong.MaxValue - attempt + 1);
            int owner = table.Owners[(int)(hash % 1009)];
            if (!retries.Contains(owner))
            {
                retries.Add(owner);
            }
        }

        int[] replicas = new int[sample.Nodes.Length];
        table.GetIndexes(key.Item, replicas);
        return replicas.SequenceEqual(retries);
    }

    [Property]
    public bool Equal_nodes_fill_the_table_as_the_paper_says(PositiveInt nodes, int seed)
    {
        // Section 3.4 of the paper, with its permutations written out.
        const int Size = 101;
        var random = new Random(seed);
        MaglevPermutation[] permutations = Enumerable.Range(0, Math.Min(nodes.Get, Size))
            .Select(_ => new MaglevPermutation(random.Next(Size), random.Next(1, Size))).ToArray();
        Queue<int>[] preferences = permutations
            .Select(permutation => new Queue<int>(Enumerable.Range(0, Size).Select(j => (permutation.Offset + (j * permutation.Skip)) % Size))).ToArray();
        int[] expected = Enumerable.Repeat(-1, Size).ToArray();
        for (int turn = 0; expected.Contains(-1); turn++)
        {
            int node = turn % permutations.Length;
            int slot;
            do
            {
                slot = preferences[node].Dequeue();
            }
            while (expected[slot] >= 0);
            expected[slot] = node;
        }

        double[] weights = Enumerable.Repeat(1.0 / permutations.Length, permutations.Length).ToArray();
        return MaglevPopulation.Populate(permutations, weights, Size).Select(owner => (int)owner).SequenceEqual(expected);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Step_by_step_changes_equal_a_rebuild(NodeSample sample)
    {
        var grown = new MaglevTable<Node>([new Node("node-new")], Small);
        foreach (Node node in sample.Nodes)
        {
            grown = grown.Add(node with { Weight = 7 }).Replace(node);
        }

        MaglevTable<Node> shrunk = grown.Remove("node-new");
        var rebuilt = new MaglevTable<Node>(sample.Nodes, Small);
        return shrunk.Owners.SequenceEqual(rebuilt.Owners) && shrunk.Nodes.SequenceEqual(rebuilt.Nodes);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Every_node_owns_a_slot_and_the_shares_sum_to_one(NodeSample sample)
    {
        var table = new MaglevTable<Node>(sample.Nodes, Small);
        return table.Ownership.All(share => share > 0) && Math.Abs(table.Ownership.Sum() - 1) < 1e-12;
    }
}
