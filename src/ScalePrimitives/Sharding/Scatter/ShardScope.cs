using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>A shard, and what one map says it holds: a query of it is to regard these slots only, and to check their epochs in its own snapshot. While slots move, their rows are on two shards.</summary>
/// <param name="Shard">What the shard is reached by.</param>
/// <param name="Slots">The slots, ascending, with their epochs.</param>
/// <typeparam name="TShard">What a shard is reached by.</typeparam>
public sealed record ShardScope<TShard>(TShard Shard, ImmutableArray<SlotEpoch> Slots);
