namespace ScalePrimitives.Sharding;

/// <summary>What routers, and strategies that wrap others, do with any strategy.</summary>
internal static class ShardStrategies
{
    /// <summary>Gets a strategy as a map completes it.</summary>
    /// <exception cref="ArgumentException">It cannot go by the map.</exception>
    public static IShardStrategy<TKey> For<TKey>(IShardStrategy<TKey> strategy, ShardMap map)
    {
        if (strategy is IMappedShardStrategy<TKey> mapped)
        {
            return mapped.For(map);
        }

        CheckNoEntries(strategy.Id, map);
        return strategy;
    }

    /// <summary>Checks a map for a strategy that goes by a table: one that names none may be used by a release with another.</summary>
    public static void CheckNamed(string strategyId, ShardMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.StrategyId is null)
        {
            throw new ArgumentException($"The map names no strategy, so that a release with another table could use it too: make it with strategyId: '{strategyId}'.", nameof(map));
        }
    }

    public static void CheckNoEntries(string strategyId, ShardMap map)
    {
        if (map.Entries.Count > 0)
        {
            throw new ArgumentException($"The map has entries for single keys, which the strategy '{strategyId}' does not go by: only a DirectoryShardStrategy does.", nameof(map));
        }
    }
}
