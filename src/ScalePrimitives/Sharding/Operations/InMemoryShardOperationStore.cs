using System.Collections.Immutable;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>Keeps in memory which shards have finished which operations: for tests, and for operations that need not outlive the process. Thread-safe.</summary>
public sealed class InMemoryShardOperationStore : IShardOperationStore
{
    private readonly Lock _lock = new();
    private readonly HashSet<(string Operation, string ShardId)> _finished = [];

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<string>> ListFinishedAsync(string operation, ImmutableArray<string> shardIds, CancellationToken cancellationToken = default)
    {
        Guard.NotNullOrEmpty(operation);
        foreach (string shardId in shardIds)
        {
            Guard.NotNullOrEmpty(shardId, nameof(shardIds));
        }

        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return ValueTask.FromResult<ImmutableArray<string>>([.. shardIds.Where(shardId => _finished.Contains((operation, shardId)))]);
        }
    }

    /// <inheritdoc/>
    public ValueTask FinishAsync(string operation, string shardId, CancellationToken cancellationToken = default)
    {
        Guard.NotNullOrEmpty(operation);
        Guard.NotNullOrEmpty(shardId);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _finished.Add((operation, shardId));
        }

        return ValueTask.CompletedTask;
    }
}
