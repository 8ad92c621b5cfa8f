namespace ScalePrimitives.Sharding;

/// <summary>A router as its watcher sees it, whatever its keys and shards are.</summary>
internal interface IShardMapFollower
{
    /// <summary>Gets the clock of the age.</summary>
    TimeProvider TimeProvider { get; }

    /// <summary>Gets how old its map may be once it follows; infinite when that is never looked at.</summary>
    TimeSpan MaxMapAge { get; }

    /// <summary>Binds it to a watcher, unless it has one.</summary>
    bool TryAttach(ShardMapWatcher watcher);

    /// <summary>Begins to enforce the age of the map, unless it is never to: from now on somebody can tell how old it is.</summary>
    void LimitAge();

    /// <summary>Ends the bond, if it is to this watcher.</summary>
    void Detach(ShardMapWatcher watcher);

    /// <summary>Takes what was the newest map when the store was asked. It may have it already, or a newer one.</summary>
    /// <exception cref="ArgumentException">The map is of another lineage or strategy.</exception>
    void Take(ShardMap map, long askedAt);
}
