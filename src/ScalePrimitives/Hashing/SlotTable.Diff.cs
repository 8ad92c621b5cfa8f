using System.Globalization;

namespace ScalePrimitives.Hashing;

/// <content>What moved between two tables.</content>
public sealed partial class SlotTable<TNode>
{
    /// <summary>Tells what changed its owner between two tables, whatever lies between them.</summary>
    /// <param name="before">The earlier table.</param>
    /// <param name="after">The later table, with as many slots.</param>
    /// <returns>Exactly the slots whose owner has another id, as merged ranges. O(slots + nodes).</returns>
    /// <exception cref="ArgumentNullException">A table is null.</exception>
    /// <exception cref="ArgumentException">The tables have different numbers of slots.</exception>
    public static SlotTableDiff<TNode> Diff(SlotTable<TNode> before, SlotTable<TNode> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (before.SlotCount != after.SlotCount)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The table before has {before.SlotCount} slots and the one after {after.SlotCount}; only tables of the same SlotCount can be compared."),
                nameof(after));
        }

        int[] successors = before.FindIndexesIn(after);
        var moves = new List<SlotTableMove<TNode>>();
        for (int slot = 0; slot < before.SlotCount;)
        {
            int from = before.OwnerAt(slot);
            int to = after.OwnerAt(slot);
            int first = slot;
            do
            {
                slot++;
            }
            while (slot < before.SlotCount && before.OwnerAt(slot) == from && after.OwnerAt(slot) == to);

            if (to != (from == Nobody ? Nobody : successors[from]))
            {
                moves.Add(new SlotTableMove<TNode>(new SlotRange(first, slot - 1), before.NodeAt(from), after.NodeAt(to)));
            }
        }

        return new SlotTableDiff<TNode>(moves.AsReadOnly(), before.SlotCount);
    }

    private const int Nobody = -1;

    private int OwnerAt(int slot) => _owners.Length == 0 ? Nobody : _owners[slot];

    private TNode? NodeAt(int index) => index == Nobody ? default : _nodes[index];

    /// <summary>The index in another table of each node of this one; below <see cref="Nobody"/> for those it does not have.</summary>
    private int[] FindIndexesIn(SlotTable<TNode> other)
    {
        // Both are ordered by id: one walk through the two finds the common ones.
        int[] indexes = new int[_nodes.Count];
        int j = 0;
        for (int i = 0; i < indexes.Length; i++)
        {
            while (j < other._nodes.Count && string.CompareOrdinal(other._nodes[j].Id, _nodes[i].Id) < 0)
            {
                j++;
            }

            indexes[i] = j < other._nodes.Count && other._nodes[j].Id == _nodes[i].Id ? j : Nobody - 1;
        }

        return indexes;
    }
}
