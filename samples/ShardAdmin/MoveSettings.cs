namespace ShardAdmin;

/// <summary>How fast slots move.</summary>
/// <param name="RowsPerSecond">How many rows are copied or deleted in a second at most.</param>
/// <param name="RetireAfter">How long the source keeps its copy.</param>
internal sealed record MoveSettings(int RowsPerSecond, TimeSpan RetireAfter)
{
    public static MoveSettings Default { get; } = new(int.MaxValue, TimeSpan.Zero);
}
