namespace ScalePrimitives.Sharding;

/// <summary>What became of an operation on one shard.</summary>
public enum ShardOperationStatus
{
    /// <summary>It ran now, to its end, and that is noted.</summary>
    DoneNow,

    /// <summary>It was noted as finished before; nothing ran.</summary>
    DoneBefore,

    /// <summary>It failed, took too long, or ended without that being noted: the next run does it again.</summary>
    Failed,
}
