using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How a <see cref="ShardRouter{TKey, TShard}"/> works. The router copies the values. Not thread-safe.</summary>
public sealed class ShardRouterOptions
{
    /// <summary>Gets or sets how long <see cref="ShardRouter{TKey, TShard}.ExecuteAsync"/> waits for a slot that is frozen while it moves.</summary>
    /// <value>0 to 1 hour; the default is 5 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan FrozenBudget { get; set => field = Guard.InRange(value, TimeSpan.Zero, TimeSpan.FromHours(1)); } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the clock of the wait.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
