namespace ConflictLab.History;

/// <summary>What happens in a step.</summary>
internal enum StepKind
{
    Read,
    Put,
    Delete,
    Sync,
    RefusedSync,
    Partition,
    Heal,
    Crash,
    Forget,
}
