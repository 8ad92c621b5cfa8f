using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How a <see cref="ShardRouter{TKey, TShard}"/> works. The router copies the values. Not thread-safe.</summary>
public sealed class ShardRouterOptions
{
    /// <summary>Gets or sets how long <c>ExecuteAsync</c> waits for a slot that is frozen while it moves.</summary>
    /// <value>0 to 1 hour; the default is 5 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan FrozenBudget { get; set => field = Guard.InRange(value, TimeSpan.Zero, TimeSpan.FromHours(1)); } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how old the map may be: how long ago a <see cref="ShardMapWatcher"/> last began to ask the store and learned that there is none newer. With an older map, or one that was
    /// never confirmed, the router refuses (<see cref="ShardMapExpiredException"/>): the shard it would name may have deleted its copy of the slot, and a reader would miss rows in silence.</summary>
    /// <value>
    /// 1 ms to 1 day, or <see cref="Timeout.InfiniteTimeSpan"/>, the default: not enforced, and no clock is read. The age is looked at as a call is routed, so that what a shard keeps of a slot that
    /// has left (<see cref="SlotMigrationOptions.RetireAfter"/>) must outlast this age and the longest call.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan MaxMapAge { get; set => field = value == Timeout.InfiniteTimeSpan ? value : Guard.InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)); } = Timeout.InfiniteTimeSpan;

    /// <summary>Gets or sets the clock of the wait and of the map's age.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
