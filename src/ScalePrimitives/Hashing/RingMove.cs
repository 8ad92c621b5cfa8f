namespace ScalePrimitives.Hashing;

/// <summary>A range of hashes that changed its owner.</summary>
/// <param name="Range">The hashes.</param>
/// <param name="From">The owner before, as the earlier ring had it; null (default) when that ring was empty.</param>
/// <param name="To">The owner after, as the later ring has it; null (default) when that ring is empty.</param>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public readonly record struct RingMove<TNode>(HashRange Range, TNode? From, TNode? To)
    where TNode : INode;
