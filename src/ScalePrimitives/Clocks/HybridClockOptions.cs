using ScalePrimitives.Internal;

namespace ScalePrimitives.Clocks;

/// <summary>How a <see cref="HybridLogicalClock"/> works. The clock copies the values. Not thread-safe.</summary>
public sealed class HybridClockOptions
{
    /// <summary>Gets or sets how far ahead of the local clock a stamp may be that is received: one that is further ahead is refused, as it would drag all clocks along.</summary>
    /// <value>0 to 1 day; the default is 500 ms, which clocks kept by NTP stay well within. At most a third of <see cref="MarkAhead"/> for a clock over a store.</value>
    /// <remarks>
    /// A clock over a store takes in no stamp above its mark, and just before it is raised the mark may be no more than a third of
    /// <see cref="MarkAhead"/> ahead. So <see cref="HybridLogicalClock.OpenAsync"/> refuses more. Setting the mark further ahead
    /// instead would let each restart begin as far ahead of the wall, and drag the other clocks along.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan MaxDrift { get; set => field = Guard.InRange(value, TimeSpan.Zero, TimeSpan.FromDays(1)); } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets or sets how far ahead of the clock its persisted mark is set: for so long stamps are issued while the store cannot be reached, and for so long
    /// a restart waits at most.</summary>
    /// <value>100 ms to 1 hour; the default is 3 seconds. The mark is raised when a third of it has passed. At least three times <see cref="MaxDrift"/> for a clock over a store.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan MarkAhead { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)); } = TimeSpan.FromSeconds(3);

    /// <summary>Gets or sets the clock.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
