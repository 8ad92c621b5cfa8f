using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How a <see cref="SlotMigration"/> works, which copies the values. Not thread-safe.</summary>
public sealed class SlotMigrationOptions
{
    /// <summary>Gets or sets how long the source keeps its copy after the map has changed: longer than the <see cref="ShardRouterOptions.MaxMapAge"/> of every router, so that no reader comes for what is gone.</summary>
    /// <value>0 to 1 day; the default is 1 minute. A migration that is taken over waits anew.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan RetireAfter { get; set => field = Guard.InRange(value, TimeSpan.Zero, TimeSpan.FromDays(1)); } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the pause after slots had to be thawed, because their last changes could not be copied in time. It doubles each time, up to 64 times of it.</summary>
    /// <value>0 to 1 hour; the default is 1 second.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan FreezePause { get; set => field = Guard.InRange(value, TimeSpan.Zero, TimeSpan.FromHours(1)); } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the clock of the pauses.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
