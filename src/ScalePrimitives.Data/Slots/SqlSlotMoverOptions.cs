using ScalePrimitives.Internal;

namespace ScalePrimitives.Data;

/// <summary>How a <see cref="SqlSlotMover"/> works, which copies the values. Not thread-safe.</summary>
public sealed class SqlSlotMoverOptions
{
    /// <summary>Gets or sets how many rows are copied, compared or deleted in one transaction, at most.</summary>
    /// <value>1 to 100,000; the default is 1,000.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchRows { get; set => field = Guard.InRange(value, 1, 100_000); } = 1_000;

    /// <summary>Gets or sets how many rows are copied or deleted in a second, at most: what is left of the machines is the service's.</summary>
    /// <value>1 to <see cref="int.MaxValue"/>, the default: as many as can be.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int RowsPerSecond { get; set => field = Guard.InRange(value, 1, int.MaxValue); } = int.MaxValue;

    /// <summary>Gets or sets how long slots refuse writes at most, while their last changes are copied. A mover that is not done by then, or has died, gives them back.</summary>
    /// <value>1 ms to 1 minute; the default is 2 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan FreezeLimit { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)); } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long the mover waits for writers to finish, while those that come wait behind it. PostgreSQL counts milliseconds, MariaDB whole seconds; SQLite waits as its connections do.</summary>
    /// <value>1 ms to 1 minute; the default is 1 second.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan LockTimeout { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)); } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the clock of the rate and of the freeze limit on this side; the databases' own counts as well.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
