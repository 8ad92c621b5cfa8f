namespace ScalePrimitives.Sharding;

/// <summary>Where a key lives, as of one version of the map.</summary>
/// <param name="Shard">The shard that holds the key's slot.</param>
/// <param name="Slot">The key's slot; it never changes.</param>
/// <param name="Epoch">The slot's epoch. Send it along with a write: a shard that the slot has left since can refuse it.</param>
/// <typeparam name="TShard">What a shard is reached by, such as a data source or a client.</typeparam>
public readonly record struct ShardRoute<TShard>(TShard Shard, int Slot, long Epoch);
