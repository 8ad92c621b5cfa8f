using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How <see cref="ScatterGather"/> asks shards. Not thread-safe.</summary>
public sealed class ScatterOptions
{
    /// <summary>Gets or sets whether shards that fail may be missing from the answer, which then names them. Otherwise the first failure ends the call and what still runs.</summary>
    /// <value>The default is <see langword="false"/>: all or nothing.</value>
    public bool AllowPartial { get; set; }

    /// <summary>Gets or sets how long a shard may take: for its answer, or in a stream for the next row, and at its end for being disposed of.</summary>
    /// <value>1 ms to 1 day, or <see cref="Timeout.InfiniteTimeSpan"/>: as long as it takes; the default is 30 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan ShardTimeout { get; set => field = value == Timeout.InfiniteTimeSpan ? value : Guard.InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)); } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how many shards are asked at a time.</summary>
    /// <value>1 or more; the default is 32.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxParallelism { get; set => field = Guard.InRange(value, 1, int.MaxValue); } = 32;

    /// <summary>Gets or sets the clock of the timeout.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
