using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Clocks;

/// <summary>
/// Issues stamps that rise strictly, that are greater than every stamp received before, and that stay near the time of the wall. What happened before
/// something else has the smaller stamp, on whichever machine. Lock-free and thread-safe; a stamp costs a clock read and a compare-and-swap, 0 bytes.
/// </summary>
/// <remarks>
/// <para><c>new HybridLogicalClock()</c> works at once and keeps its promise within the process. A process that starts anew and whose local clock was set back, or
/// which had received stamps from ahead of it, could issue stamps again: <see cref="OpenAsync"/> begins above a mark that is on disk, and no stamp above the mark is issued
/// or received. A task that the caller starts with <see cref="KeepMarkAheadAsync"/> raises it.</para>
/// <para>A local clock that is set back makes no call fail: stamps go on from the last one, and <see cref="Drift"/> tells how far they are ahead.</para>
/// <para>Source: Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical Physical Clocks", 2014. The mark is their remedy for restarts, section 5.</para>
/// </remarks>
public sealed class HybridLogicalClock
{
    private const int RaisesPerMark = 3;

    private static readonly TimeSpan ShortestCallTimeout = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _maxDrift;
    private readonly TimeSpan _markAhead;
    private readonly IClockMarkStore? _store;
    private ulong _mark; // the greatest stamp that may be issued; it is on disk
    private Exception? _failure; // why the mark was not raised at the last attempt
    private PaddedInt64 _last; // the greatest stamp issued or received, read as unsigned

    /// <summary>Creates a clock that knows nothing of stamps before it.</summary>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    public HybridLogicalClock(HybridClockOptions? options = null)
        : this(store: null, options ?? new HybridClockOptions(), last: HybridTimestamp.MinValue, mark: HybridTimestamp.MaxValue)
    {
    }

    private HybridLogicalClock(IClockMarkStore? store, HybridClockOptions options, HybridTimestamp last, HybridTimestamp mark)
    {
        (_timeProvider, _maxDrift, _markAhead) = (options.TimeProvider, options.MaxDrift, options.MarkAhead);
        (_store, _last.Value, _mark) = (store, (long)last.Value, mark.Value);
    }

    /// <summary>Gets the greatest stamp that was issued or received. Nothing is issued.</summary>
    public HybridTimestamp Last => HybridTimestamp.OfChecked((ulong)Volatile.Read(ref _last.Value));

    /// <summary>Gets how far the stamps are ahead of the local clock: because it was set back, or because stamps were received from clocks that are ahead.</summary>
    /// <value>Zero when the local clock has passed the last stamp.</value>
    public TimeSpan Drift => TimeSpan.FromMilliseconds(Math.Max(0, Last.PhysicalMs - PhysicalMs()));

    /// <summary>
    /// Creates a clock that begins above every stamp of the clocks before it over the same store. Where the local clock has not reached the mark yet, waits for it, but at most
    /// <see cref="HybridClockOptions.MarkAhead"/>, so that other machines do not find the first stamps too far ahead. A call of the store that takes longer than 30 seconds is given up.
    /// </summary>
    /// <param name="store">The store, of this clock alone.</param>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The clock. It issues stamps for <see cref="HybridClockOptions.MarkAhead"/>, and longer only while <see cref="KeepMarkAheadAsync"/> runs.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    /// <exception cref="ArgumentException"><see cref="HybridClockOptions.MaxDrift"/> is more than a third of <see cref="HybridClockOptions.MarkAhead"/>.</exception>
    /// <exception cref="TimeoutException">The store has not answered.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<HybridLogicalClock> OpenAsync(IClockMarkStore store, HybridClockOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new HybridClockOptions();
        if (options.MaxDrift > options.MarkAhead / RaisesPerMark)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"MaxDrift must be at most a third of MarkAhead, {options.MarkAhead}, but is {options.MaxDrift}: what it allows could be above the mark."),
                nameof(options));
        }

        HybridTimestamp mark = await Deadline.WithinAsync(
            token => store.RaiseAsync(HybridTimestamp.MinValue, token),
            Deadline.OfCaller,
            options.TimeProvider,
            cancellationToken).ConfigureAwait(false);
        var clock = new HybridLogicalClock(store, options, last: mark, mark);
        if (clock.Drift is var ahead && ahead > TimeSpan.Zero)
        {
            await Task.Delay(ahead < options.MarkAhead ? ahead : options.MarkAhead, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        await clock.RaiseMarkAsync(Deadline.OfCaller, cancellationToken).ConfigureAwait(false);
        return clock;
    }

    /// <summary>Issues a stamp: for an event of this machine, or a message that it sends.</summary>
    /// <returns>A stamp greater than all that were issued or received before.</returns>
    /// <exception cref="InvalidOperationException">The stamp would be above the mark, which has not been raised in time; the store's failure, if it had one, is inside.</exception>
    public HybridTimestamp Now() => TryAdvance(received: 0, PhysicalMs(), out HybridTimestamp now) ? now : throw MarkReached();

    /// <summary>Issues a stamp, unless it would be above the mark.</summary>
    /// <param name="now">A stamp greater than all that were issued or received before.</param>
    /// <returns><see langword="false"/> when <see cref="Now"/> would throw; nothing is changed then.</returns>
    public bool TryNow(out HybridTimestamp now) => TryAdvance(received: 0, PhysicalMs(), out now);

    /// <summary>Takes in the stamp of a message that was received, and issues one for the event of receiving it.</summary>
    /// <param name="remote">The stamp that came with the message.</param>
    /// <returns>A stamp greater than <paramref name="remote"/> and than all that were issued or received before.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="remote"/> is further ahead of the local clock than <see cref="HybridClockOptions.MaxDrift"/>; nothing is changed.</exception>
    /// <exception cref="InvalidOperationException">The stamp would be above the mark; nothing is changed.</exception>
    public HybridTimestamp Receive(HybridTimestamp remote)
    {
        long physicalMs = PhysicalMs();
        if (IsTooFarAhead(remote, physicalMs))
        {
            throw new ArgumentOutOfRangeException(nameof(remote), remote, string.Create(CultureInfo.InvariantCulture, $"{nameof(remote)} must be at most MaxDrift, {_maxDrift}, ahead of the local clock, but is {TimeSpan.FromMilliseconds(remote.PhysicalMs - physicalMs)} ahead."));
        }

        return TryAdvance(remote.Value, physicalMs, out HybridTimestamp now) ? now : throw MarkReached();
    }

    /// <summary>Takes in the stamp of a message, unless it is too far ahead.</summary>
    /// <param name="remote">The stamp that came with the message.</param>
    /// <param name="now">A stamp greater than <paramref name="remote"/> and than all that were issued or received before.</param>
    /// <returns><see langword="false"/> when <see cref="Receive"/> would throw; nothing is changed then.</returns>
    public bool TryReceive(HybridTimestamp remote, out HybridTimestamp now)
    {
        long physicalMs = PhysicalMs();
        now = default;
        return !IsTooFarAhead(remote, physicalMs) && TryAdvance(remote.Value, physicalMs, out now);
    }

    /// <summary>
    /// Raises the mark again and again until it is cancelled. Started once by the caller, and kept: <c>Task marks = clock.KeepMarkAheadAsync(stopping);</c>. A store that fails is
    /// asked again; until it answers, stamps are issued up to the mark, and then <see cref="Now"/> throws with the failure inside. So is one that takes longer than a third of
    /// <see cref="HybridClockOptions.MarkAhead"/>, and 1 second at least, though it does not regard its token; a mark that it has raised counts however late it says so.
    /// </summary>
    /// <param name="cancellationToken">Ends the task.</param>
    /// <returns>A task that ends cancelled.</returns>
    /// <exception cref="InvalidOperationException">The clock has no store: it was not made by <see cref="OpenAsync"/>.</exception>
    public async Task KeepMarkAheadAsync(CancellationToken cancellationToken)
    {
        if (_store is null)
        {
            throw new InvalidOperationException($"The clock has no store to keep a mark in; {nameof(OpenAsync)} makes one that has.");
        }

        TimeSpan raiseTime = _markAhead / RaisesPerMark;
        while (true)
        {
            await Task.Delay(raiseTime, _timeProvider, cancellationToken).ConfigureAwait(false);
            try
            {
                await RaiseMarkAsync(raiseTime > ShortestCallTimeout ? raiseTime : ShortestCallTimeout, cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _failure, null);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                Volatile.Write(ref _failure, failure);
            }
        }
    }

    private async Task RaiseMarkAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        long aheadMs = Math.Max(PhysicalMs(), Last.PhysicalMs) + (long)_markAhead.TotalMilliseconds;
        var mark = new HybridTimestamp(Math.Min(aheadMs, HybridTimestamp.MaxPhysicalMs), 0);
        await Deadline.WithinAsync(
            token => _store!.RaiseAsync(mark, token),
            timeout,
            _timeProvider,
            cancellationToken,
            late: _ => RaiseTo(mark.Value)).ConfigureAwait(false);
        RaiseTo(mark.Value); // only once it is on disk
    }

    // Calls that were given up end in any order: the mark never falls.
    private void RaiseTo(ulong mark)
    {
        ulong found = Volatile.Read(ref _mark);
        while (found < mark)
        {
            ulong before = Interlocked.CompareExchange(ref _mark, mark, found);
            if (before == found)
            {
                return;
            }

            found = before;
        }
    }

    // The rules of sending and receiving are one on the packed words. Time beats the logical counter; on equal time the counter of whichever was
    // greatest goes on; past its last value it is carried into the time.
    private bool TryAdvance(ulong received, long physicalMs, out HybridTimestamp now)
    {
        ulong physical = HybridTimestamp.OfPhysicalMs(physicalMs);
        ulong last = (ulong)Volatile.Read(ref _last.Value);
        while (true)
        {
            ulong greatest = Math.Max(last, received);
            ulong next = physical > greatest ? physical : greatest + 1; // cannot overflow: MaxValue is below 2^64 - 1
            if (next > Volatile.Read(ref _mark))
            {
                now = default;
                return false;
            }

            ulong found = (ulong)Interlocked.CompareExchange(ref _last.Value, (long)next, (long)last);
            if (found == last)
            {
                now = HybridTimestamp.OfChecked(next);
                return true;
            }

            last = found;
        }
    }

    private bool IsTooFarAhead(HybridTimestamp remote, long physicalMs) => remote.PhysicalMs - physicalMs > (long)_maxDrift.TotalMilliseconds;

    // Down to the millisecond, never up: a stamp from the future would be refused elsewhere.
    private long PhysicalMs()
    {
        long ms = (_timeProvider.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
        return Math.Max(ms, 0);
    }

    private InvalidOperationException MarkReached() => new(
        _store is null
            ? $"There is no stamp after {HybridTimestamp.MaxValue}."
            : $"No stamp above the mark, {HybridTimestamp.OfChecked(Volatile.Read(ref _mark))}, may be issued: {nameof(KeepMarkAheadAsync)} does not run, or its store does not answer.",
        Volatile.Read(ref _failure));
}
