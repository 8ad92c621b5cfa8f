using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How a <see cref="ShardOperation"/> runs. Not thread-safe.</summary>
public sealed class ShardOperationOptions
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Gets or sets how long the work on one shard may take. Its token is cancelled then, and the shard has failed.</summary>
    /// <value>1 ms to 1 day, or <see cref="Timeout.InfiniteTimeSpan"/>, the default: as long as it takes, since a change of a large table that is cancelled has been in vain, and would be in the next run.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan ShardTimeout { get; set => field = value == Timeout.InfiniteTimeSpan ? value : Guard.InRange(value, Shortest, TimeSpan.FromDays(1)); } = Timeout.InfiniteTimeSpan;

    /// <summary>Gets or sets how long the store may take for one call. One that takes longer is left behind if it does not regard its token.</summary>
    /// <value>1 ms to 1 hour; the default is 30 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan StoreTimeout { get; set => field = Guard.InRange(value, Shortest, TimeSpan.FromHours(1)); } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how many shards are worked on at a time.</summary>
    /// <value>1 or more; the default is 32.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxParallelism { get; set => field = Guard.InRange(value, 1, int.MaxValue); } = 32;

    /// <summary>Gets or sets the clock of the timeouts.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
