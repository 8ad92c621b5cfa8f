namespace ScalePrimitives.Sharding;

/// <summary>Keeps the newest version of one map, for all routers. What it has taken is durable before the call returns. Implementations are thread-safe.</summary>
public interface IShardMapStore
{
    /// <summary>Reads the map, if it is newer than what the caller has.</summary>
    /// <param name="knownVersion">The version of the caller's map; 0 when it has none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The map, or null when there is none, or none newer.</returns>
    ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Replaces the map, unless another has done so first: of all who change one version, one succeeds, and the others read and begin anew.</summary>
    /// <param name="map">The map to keep.</param>
    /// <param name="expectedVersion">The version it was made from, below that of <paramref name="map"/>; 0 when there is to be no map yet.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><see langword="false"/> when another version is there; nothing is changed then.</returns>
    /// <exception cref="ArgumentException">The version of <paramref name="map"/> is not above the expected one, the map is of another lineage than the one that is there, or it has another slot for a key whose entry is open.</exception>
    ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default);
}
