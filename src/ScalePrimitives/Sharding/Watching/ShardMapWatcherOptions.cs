using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How a <see cref="ShardMapWatcher"/> works. The watcher copies the values. Not thread-safe.</summary>
public sealed class ShardMapWatcherOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how often the store is asked. The pauses are shorter by a random part, up to a fifth, so that processes that were started together do not ask together.</summary>
    /// <value>10 ms to 1 hour; the default is 1 second. At most half the <see cref="ShardRouterOptions.MaxMapAge"/> of every router that follows, so that one lost answer does not stop it.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan Interval { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(10), Longest); } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how long after the beginning of one read the next may begin, however many ask for it.</summary>
    /// <value>0 to <see cref="Interval"/>; the default is 100 ms.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 0 to 1 hour.</exception>
    public TimeSpan ShortestInterval { get; set => field = Guard.InRange(value, TimeSpan.Zero, Longest); } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets up to what the pause grows while the store fails: it is <see cref="Interval"/> after the first failure, and doubles with each further one.</summary>
    /// <value><see cref="Interval"/> to 1 hour; the default is 10 seconds. So long it takes at most until a store that has recovered is asked again.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 10 ms to 1 hour.</exception>
    public TimeSpan LongestPause { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(10), Longest); } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long the store may take to answer. A read that takes longer has failed, and is left behind if it does not regard its token.</summary>
    /// <value>1 ms to 1 hour; the default is 5 seconds. Where the store, or a router's function that resolves shards, holds on to the thread, the read is given up after twice as long.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan ReadTimeout { get; set => field = Guard.InRange(value, TimeSpan.FromMilliseconds(1), Longest); } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the seed of the random parts of pauses.</summary>
    /// <value>The default is null: a seed from the operating system's secure random number generator. Set it only where a run must be repeatable.</value>
    public ulong? Seed { get; set; }

    /// <summary>Gets or sets the clock of the pauses and of the map's age. Routers that follow have the same.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
