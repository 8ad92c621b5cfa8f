using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// How a <see cref="TicketGenerator"/> works. The generator copies the values at its construction; later changes have no effect on it.
/// Not thread-safe.
/// </summary>
public sealed class TicketOptions
{
    /// <summary>The most numbers of a block.</summary>
    public const int BlockLimit = 1 << 24;

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how many numbers the first block has. Small, because a process that crashes loses what is left of its blocks, and one that
    /// crashes again and again loses a first block each time.</summary>
    /// <value>1 to <see cref="BlockLimit"/>; the default is 16. No more than <see cref="MaxBlock"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int InitialBlock { get; set => field = Guard.InRange(value, 1, BlockLimit); } = 16;

    /// <summary>Gets or sets how many numbers a block has at most. Blocks double as long as one lasts less than ten seconds.</summary>
    /// <value>1 to <see cref="BlockLimit"/>; the default is 65,536.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int MaxBlock { get; set => field = Guard.InRange(value, 1, BlockLimit); } = 65_536;

    /// <summary>Gets or sets how long one call of <see cref="TicketGenerator.Next"/> or <see cref="TicketGenerator.NextAsync"/> may wait for the store, also for one whose call blocks,
    /// as SQLite's driver does. A call of the store may take twice as long, and 1 second at least, before it is given up and the store asked again.</summary>
    /// <value>Above zero, up to 1 hour; the default is 5 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan MaxWait { get; set => field = Guard.InRange(value, TimeSpan.FromTicks(1), LongestWait); } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the clock, by which waits and the use of a block are measured.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
