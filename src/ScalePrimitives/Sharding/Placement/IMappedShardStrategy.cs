namespace ScalePrimitives.Sharding;

/// <summary>
/// A strategy that goes by a table, and not by a function of the key alone. Maps name it (<see cref="ShardMap.StrategyId"/>), so that two releases whose tables differ never use one map; and a map may have
/// entries beside the table (<see cref="ShardMap.Entries"/>), which all routers take up with it. Implementations are pure and thread-safe.
/// </summary>
/// <remarks>A strategy that wraps another has this interface too, and hands the map on; a router refuses a map with entries for a strategy that has not.</remarks>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
public interface IMappedShardStrategy<in TKey> : IShardStrategy<TKey>
{
    /// <summary>Gets the strategy as a map completes it. A router calls this once for each map it takes.</summary>
    /// <param name="map">The map, whose <see cref="ShardMap.StrategyId"/> is this strategy's id, or null.</param>
    /// <returns>A strategy with the same id and number of slots, which goes by the entries of the map as well.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="map"/> is null.</exception>
    /// <exception cref="ArgumentException">The map names no strategy, or has entries that this one cannot go by.</exception>
    IShardStrategy<TKey> For(ShardMap map);
}
