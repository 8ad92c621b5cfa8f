namespace ScalePrimitives.Sharding;

/// <summary>The keys of a batch that live on one shard.</summary>
/// <param name="ShardId">The id of the shard.</param>
/// <param name="Shard">What the shard is reached by.</param>
/// <param name="Keys">The keys, in the order of the batch; at least one, repeated where the batch repeats it.</param>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
/// <typeparam name="TShard">What a shard is reached by.</typeparam>
public readonly record struct ShardGroup<TKey, TShard>(string ShardId, TShard Shard, IReadOnlyList<TKey> Keys);
