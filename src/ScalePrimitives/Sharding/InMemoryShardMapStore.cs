namespace ScalePrimitives.Sharding;

/// <summary>Keeps the map in memory: for tests, and for routers of one process. Thread-safe; O(1).</summary>
public sealed class InMemoryShardMapStore : IShardMapStore
{
    private readonly Lock _lock = new();
    private ShardMap? _map;

    /// <inheritdoc/>
    public ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(knownVersion);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return ValueTask.FromResult(_map?.Version > knownVersion ? _map : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        ShardMap.CheckFollows(map, expectedVersion);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_map is not null && (_map.Id != map.Id || _map.StrategyId != map.StrategyId))
            {
                throw new ArgumentException($"The store keeps the map '{_map.Id}' of strategy '{_map.StrategyId}', but was given '{map.Id}' of '{map.StrategyId}'.", nameof(map));
            }

            bool replaces = (_map?.Version ?? 0) == expectedVersion;
            _map = replaces ? map : _map;
            return ValueTask.FromResult(replaces);
        }
    }
}
