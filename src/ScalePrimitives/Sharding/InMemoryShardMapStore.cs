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
            _map?.CheckReplacedBy(map);
            bool replaces = (_map?.Version ?? 0) == expectedVersion;
            _map = replaces ? map : _map;
            return ValueTask.FromResult(replaces);
        }
    }
}
