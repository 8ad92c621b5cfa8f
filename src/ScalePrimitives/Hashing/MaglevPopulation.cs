using System.Diagnostics;

namespace ScalePrimitives.Hashing;

/// <summary>Fills a Maglev table: node after node takes the free slot it prefers most, until none is free.</summary>
internal static class MaglevPopulation
{
    /// <summary>Marks a slot that nobody owns yet; no index reaches it.</summary>
    private const ushort Free = NodeSet.MaxCount;

    /// <summary>Gives each slot the index of its owner. Every node gets at least one, if there are slots enough.</summary>
    public static ushort[] Populate(ReadOnlySpan<MaglevPermutation> permutations, ReadOnlySpan<double> weights, int size)
    {
        var table = new ushort[size];
        table.AsSpan().Fill(Free);
        double heaviest = 0;
        int[] next = new int[permutations.Length];
        for (int node = 0; node < next.Length; node++)
        {
            next[node] = permutations[node].Offset;
            heaviest = Math.Max(heaviest, weights[node]);
        }

        // The heaviest node takes a slot in every round; one of a third of its weight in every third. These are Envoy's doubles,
        // summed in Envoy's order, because a table must agree with Envoy's to the slot.
        double[] due = new double[permutations.Length];
        int free = size;
        for (long round = 1; free > 0; round++)
        {
            for (int node = 0; node < permutations.Length && free > 0; node++)
            {
                if (round * weights[node] < due[node])
                {
                    continue;
                }

                due[node] += heaviest;
                int slot = next[node];
                int skip = permutations[node].Skip;
                while (table[slot] != Free)
                {
                    slot = Advance(slot, skip, size);
                }

                table[slot] = (ushort)node;
                next[node] = Advance(slot, skip, size);
                free--;
            }

            Debug.Assert(round <= size, "The heaviest node takes a slot in every round.");
        }

        return table;
    }

    private static int Advance(int slot, int skip, int size)
    {
        int next = slot + skip;
        return next < size ? next : next - size;
    }
}
