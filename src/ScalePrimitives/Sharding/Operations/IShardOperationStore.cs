using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>Keeps which shards have finished which operations. What it has taken is durable before the call returns. Implementations are thread-safe.</summary>
public interface IShardOperationStore
{
    /// <summary>Tells which shards have finished an operation.</summary>
    /// <param name="operation">The name of the operation, not empty.</param>
    /// <param name="shardIds">The ids of the shards in question, none empty.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Those of the shards that have, in the order given.</returns>
    ValueTask<ImmutableArray<string>> ListFinishedAsync(string operation, ImmutableArray<string> shardIds, CancellationToken cancellationToken = default);

    /// <summary>Notes that a shard has finished an operation. Does nothing when that was noted before.</summary>
    /// <param name="operation">The name of the operation, not empty.</param>
    /// <param name="shardId">The id of the shard, not empty.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask FinishAsync(string operation, string shardId, CancellationToken cancellationToken = default);
}
