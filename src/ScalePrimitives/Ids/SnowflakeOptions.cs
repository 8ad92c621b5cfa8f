using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// How a <see cref="SnowflakeGenerator"/> works. The generator copies the values at its construction; later changes have no effect on it.
/// Not thread-safe.
/// </summary>
public sealed class SnowflakeOptions
{
    private static readonly TimeSpan MaxDuration = TimeSpan.FromHours(1);

    /// <summary>Gets or sets the layout of the ids.</summary>
    /// <value>The default is <see cref="SnowflakeLayout.Twitter"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public SnowflakeLayout Layout { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = SnowflakeLayout.Twitter;

    /// <summary>Gets or sets the number of this datacenter. With <see cref="Server"/> it must be this generator's alone among all that run.</summary>
    /// <value>0 or more, within the layout's field. There is no default: it must be set when the layout has a datacenter field, and only then.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? Datacenter { get; set => field = CheckIdentity(value, nameof(Datacenter)); }

    /// <summary>Gets or sets the number of this server. With <see cref="Datacenter"/> it must be this generator's alone among all that run; a <see cref="WorkerLease"/> sees to that.</summary>
    /// <value>0 or more, within the layout's field. There is no default: it must be set when the layout has a server field, and only then.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? Server { get; set => field = CheckIdentity(value, nameof(Server)); }

    /// <summary>Gets or sets how far the timestamps of ids may run ahead of the clock when ids are drawn faster than the layout allows.</summary>
    /// <value>
    /// 0 to 1 hour, rounded down to whole units of the layout; the default is 50 milliseconds. A new generator starts this far ahead
    /// of the clock: see <see cref="SnowflakeGenerator"/>.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan BorrowLimit { get; set => field = Guard.InRange(value, TimeSpan.Zero, MaxDuration); } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets or sets by how much the clock may be set back before <see cref="ClockRollback"/> applies. Until then the generator stays on its last timestamp.</summary>
    /// <value>0 to 1 hour, rounded up to whole units of the layout; the default is 100 milliseconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan ClockRollbackTolerance { get; set => field = Guard.InRange(value, TimeSpan.Zero, MaxDuration); } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets what happens when the clock was set back by more than <see cref="ClockRollbackTolerance"/>.</summary>
    /// <value>The default is <see cref="ClockRollbackPolicy.Wait"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public ClockRollbackPolicy ClockRollback
    {
        get;
        set => field = (ClockRollbackPolicy)Guard.InRange((int)value, (int)ClockRollbackPolicy.Wait, (int)ClockRollbackPolicy.Throw, nameof(ClockRollback));
    }

    /// <summary>Gets or sets how long one call of <see cref="SnowflakeGenerator.Next"/> or <see cref="SnowflakeGenerator.NextAsync"/> may wait for the clock, by the monotonic clock.</summary>
    /// <value>0 to 1 hour, and at least one unit of the layout; the default is 5 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan MaxWait { get; set => field = Guard.InRange(value, TimeSpan.Zero, MaxDuration); } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets a value indicating whether the sequence goes on from one timestamp to the next, instead of starting at 0.</summary>
    /// <value>
    /// The default is false: at low rates nearly all ids end in sequence 0, and what is spread by id modulo a number falls together. With true
    /// the sequence runs round its whole range, still rising within a timestamp, so a timestamp entered in the middle of the range holds the fewer
    /// ids; what does not fit is borrowed or waited for. At full rate nothing is lost, because then every timestamp ends where the range does.
    /// </value>
    public bool RollingSequence { get; set; }

    /// <summary>Gets or sets the name under which the generator publishes its instruments: ids issued, calls that waited, calls that were refused.</summary>
    /// <value>
    /// The default is null: it publishes and counts none. A name becomes the tag <c>ids.generator</c> of the meter <c>ScalePrimitives.Ids</c>,
    /// and the generator must then be disposed of, because the list of all meters holds it. Counting costs an interlocked addition for each call.
    /// </value>
    public string? Name { get; set; }

    /// <summary>Gets or sets the clock: its wall clock gives the timestamps, its monotonic clock and timers measure waits.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;

    private static int? CheckIdentity(int? value, string name) =>
        value is { } number ? Guard.InRange(number, 0, int.MaxValue, name) : null;
}
