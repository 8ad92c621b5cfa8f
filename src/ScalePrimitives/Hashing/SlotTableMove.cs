namespace ScalePrimitives.Hashing;

/// <summary>A range of slots that changed its owner.</summary>
/// <param name="Range">The slots.</param>
/// <param name="From">The owner before, as the earlier table had it; null (default) when that table was empty.</param>
/// <param name="To">The owner after, as the later table has it; null (default) when that table is empty.</param>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public readonly record struct SlotTableMove<TNode>(SlotRange Range, TNode? From, TNode? To)
    where TNode : INode;
