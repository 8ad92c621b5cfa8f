namespace ScalePrimitives.Hashing;

/// <summary>What moved between two rings: exactly the hashes whose owner has another id now.</summary>
/// <typeparam name="TNode">What keys are placed on.</typeparam>
public sealed class RingDiff<TNode>
    where TNode : INode
{
    internal RingDiff(IReadOnlyList<RingMove<TNode>> moves)
    {
        Moves = moves;
        MovedShare = moves.Sum(static move => move.Range.Share);
    }

    /// <summary>Gets the moves, in order of their hashes; neighbouring ranges with the same owners are merged.</summary>
    public IReadOnlyList<RingMove<TNode>> Moves { get; }

    /// <summary>Gets how much of the hash space moved, from 0 to 1.</summary>
    public double MovedShare { get; }
}
