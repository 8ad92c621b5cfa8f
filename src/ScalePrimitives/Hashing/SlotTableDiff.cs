namespace ScalePrimitives.Hashing;

/// <summary>What moved between two slot tables: exactly the slots whose owner has another id now.</summary>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public sealed class SlotTableDiff<TNode>
    where TNode : INode
{
    internal SlotTableDiff(IReadOnlyList<SlotTableMove<TNode>> moves, int slotCount)
    {
        Moves = moves;
        MovedSlots = moves.Sum(static move => move.Range.Count);
        MovedShare = (double)MovedSlots / slotCount;
    }

    /// <summary>Gets the moves, in order of their slots; neighbouring slots with the same owners are merged.</summary>
    public IReadOnlyList<SlotTableMove<TNode>> Moves { get; }

    /// <summary>Gets how many slots moved.</summary>
    public int MovedSlots { get; }

    /// <summary>Gets how much of the hash space moved, from 0 to 1.</summary>
    public double MovedShare { get; }
}
