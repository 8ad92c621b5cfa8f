namespace ScalePrimitives.Sharding;

/// <summary>Something that a check of moves has found. Immutable.</summary>
/// <param name="ShardId">The shard on which it was found.</param>
/// <param name="Table">The table that it concerns, or null when it concerns the shard.</param>
/// <param name="Problem">What was found, as a part of a sentence.</param>
/// <param name="Remedy">What to do about it, as a sentence.</param>
/// <param name="PreventsMove">Whether a move would be refused, or fail, or lose something; otherwise it is only good to know.</param>
public sealed record SlotMoveFinding(string ShardId, string? Table, string Problem, string Remedy, bool PreventsMove)
{
    /// <summary>Writes where it was found, what, and what to do.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Table is null ? $"On '{ShardId}' {Problem}. {Remedy}" : $"On '{ShardId}' the table {Table} cannot move: {Problem}. {Remedy}";
}
