namespace ScalePrimitives.Sharding;

/// <summary>Why a shard has no part in an answer.</summary>
/// <param name="ShardId">The id of the shard.</param>
/// <param name="Exception">What its query threw; a <see cref="TimeoutException"/> when it took too long.</param>
public sealed record ShardError(string ShardId, Exception Exception);
