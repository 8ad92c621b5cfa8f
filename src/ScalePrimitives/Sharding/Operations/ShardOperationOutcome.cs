namespace ScalePrimitives.Sharding;

/// <summary>What became of an operation on one shard, and why.</summary>
/// <param name="ShardId">The id of the shard.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Exception">What it threw, a <see cref="TimeoutException"/> when it took too long; null unless it failed.</param>
public sealed record ShardOperationOutcome(string ShardId, ShardOperationStatus Status, Exception? Exception = null);
