using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How a <see cref="ShardRouter{TKey, TShard}"/> works. The router copies the values. Not thread-safe.</summary>
public sealed class ShardRouterOptions
{
    /// <summary>What <see cref="MaxMapAge"/> is for a router that follows a watcher and was given none. With the longest call, 30 seconds by default (<see cref="ScatterOptions.ShardTimeout"/>), it makes up
    /// what a mover waits by default before it deletes a copy (<see cref="SlotMigrationOptions.RetireAfter"/>).</summary>
    internal static readonly TimeSpan DefaultMaxMapAge = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how long <c>ExecuteAsync</c> waits for a slot that is frozen while it moves, and for a newer map where a shard sends it on to one that is gone, or back in time.</summary>
    /// <value>0 to 1 hour; the default is 5 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan FrozenBudget { get; set => field = Guard.InRange(value, TimeSpan.Zero, TimeSpan.FromHours(1)); } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how old the map may be: how long ago a <see cref="ShardMapWatcher"/> last began to ask the store and learned that there is none newer. With an older map, or one that was
    /// never confirmed, the router refuses (<see cref="ShardMapExpiredException"/>): the shard it would name may have deleted its copy of the slot, and a reader would miss rows in silence.</summary>
    /// <value>
    /// <para>Null, the default: 30 seconds from the moment when the router follows a watcher, and from then on, though it follow none any more. A router that never followed one has nobody to tell it that its
    /// map is outdated: its map is to be one that never changes, or one whose slots never move while it is used.</para>
    /// <para>1 ms to 1 day: enforced from the start. <see cref="Timeout.InfiniteTimeSpan"/>: never enforced, and no clock is read; safe only where every read asks the shard's fence.</para>
    /// <para>The age is looked at as a call is routed, so that what a shard keeps of a slot that has left (<see cref="SlotMigrationOptions.RetireAfter"/>) must outlast this age and the longest call.</para>
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan? MaxMapAge
    {
        get;
        set => field = value is not { } age || age == Timeout.InfiniteTimeSpan ? value : Guard.InRange(age, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), nameof(MaxMapAge));
    }

    /// <summary>Gets or sets the clock of the wait and of the map's age.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
