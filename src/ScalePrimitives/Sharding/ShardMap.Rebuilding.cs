namespace ScalePrimitives.Sharding;

// A map that was lost, or went back in time, made anew of what the shards know.
public sealed partial class ShardMap
{
    /// <summary>Makes a newer version of the map in which each slot is where it is told to be, and stable.</summary>
    /// <param name="places">The shard and the epoch of each slot. Shards that the map has not are added.</param>
    internal ShardMap Rebuilt(IReadOnlyList<(string ShardId, long Epoch)> places)
    {
        string[] shardIds = CheckAndOrder(_shardIds.Union(places.Select(place => place.ShardId), StringComparer.Ordinal));
        long version = checked(Math.Max(Version, places.Max(place => place.Epoch)) + 1);
        return new ShardMap(
            Id,
            StrategyId,
            version,
            shardIds,
            [.. places.Select(place => Array.BinarySearch(shardIds, place.ShardId, StringComparer.Ordinal))],
            [.. places.Select(place => place.Epoch)],
            new bool[places.Count],
            _entries);
    }
}
