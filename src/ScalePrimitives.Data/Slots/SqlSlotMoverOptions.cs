using ScalePrimitives.Internal;

namespace ScalePrimitives.Data;

/// <summary>How a <see cref="SqlSlotMover"/> works, which copies the values. Not thread-safe.</summary>
public sealed class SqlSlotMoverOptions
{
    /// <summary>Gets or sets how many rows are copied, compared or deleted in one transaction, at most.</summary>
    /// <value>1 to 100,000; the default is 1,000.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchRows { get; set => field = Guard.InRange(value, 1, 100_000); } = 1_000;

    /// <summary>Gets or sets how many bytes of rows are copied in one transaction, at most, but for a single row that is larger. MySQL and MariaDB take no more than a quarter of <c>max_allowed_packet</c>.</summary>
    /// <value>64 KiB to 256 MiB; the default is 4 MiB. The mover holds a few times as much in memory.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchBytes { get; set => field = Guard.InRange(value, 64 << 10, 256 << 20); } = 4 << 20;

    /// <summary>Gets or sets how many rows are copied or deleted in a second, at most: what is left of the machines is the service's.</summary>
    /// <value>1 to <see cref="int.MaxValue"/>, the default: as many as can be.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int RowsPerSecond { get; set => field = Guard.InRange(value, 1, int.MaxValue); } = int.MaxValue;

    /// <summary>Gets or sets how long slots refuse writes at most, while their last changes are copied. A mover that is not done by then, or has died, gives them back.</summary>
    /// <value>1 ms to 1 minute; the default is 2 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan FreezeLimit { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)); } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Gets or sets how long the mover waits, in one try, for the writers of all slots that it freezes to finish. When they have not, it thaws the slots, and tries again later with fewer at a time. Writes of
    /// a slot wait or are refused for this and <see cref="FreezeLimit"/> together at most. Choose it longer than the service's transactions last.
    /// </summary>
    /// <value>1 ms to 1 minute; the default is 1 second. Creating triggers waits as long for a table. SQLite waits as its connections do.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan LockTimeout { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)); } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets whose rights the triggers have that MySQL and MariaDB run, which must stay as long as they do: a table whose triggers belong to a user that was dropped refuses every write.</summary>
    /// <value><c>user@host</c>, without quotes; null, the default, for the user of the mover's connections. Another than that one needs the privilege <c>SET USER</c>, or <c>SUPER</c>. Other databases ignore it.</value>
    /// <exception cref="ArgumentException">The value has no user and host, or a quote, a backslash or a line break.</exception>
    public string? TriggerDefiner
    {
        get;
        set => field = value is null || (value.LastIndexOf('@') is > 0 and var at && at < value.Length - 1 && !value.Any(c => c is '\'' or '"' or '`' or '\\' || char.IsControl(c)))
            ? value
            : throw new ArgumentException($"TriggerDefiner must be a user and a host without quotes, as in app@localhost, or null, but was {value}.", nameof(value));
    }

    /// <summary>Gets or sets the clock of the rate, of the pauses and of the limits on this side; the databases' own counts as well.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;

    internal SqlSlotMoverOptions Copy() => (SqlSlotMoverOptions)MemberwiseClone();
}
