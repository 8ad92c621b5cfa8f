using System.Globalization;

namespace ScalePrimitives.Ids;

/// <summary>
/// Issues numbers from an <see cref="ITicketStore"/>, block by block: unique among all generators over the same store and name, small, and
/// without a clock. While one block is used the next is fetched in the background, so that a call waits only for a store that is
/// slow or failing. Thread-safe; taking a number is one interlocked increment and allocates nothing.
/// </summary>
/// <remarks>
/// <para>Numbers of one generator rise block by block; those of several generators interleave. Numbers that a process has not used when it ends
/// are lost: there are gaps.</para>
/// <para>A store that fails shows in the calls that wait for it, with the store's own exception, once no number is left; the next call asks it again.
/// While numbers are left, a failure stays unseen, and the store is asked again whenever half of them are taken.</para>
/// <para>A call of the store that takes longer than twice <see cref="TicketOptions.MaxWait"/>, and 1 second at least, is given up, though the store does not regard its token, and
/// the store is asked again. A block that arrives after that is used if its numbers are above those of the blocks before it, else it is lost.</para>
/// <para>The store is called on a thread of the pool, so that one whose call blocks, as SQLite's driver does, does not keep <see cref="Next"/> longer than
/// <see cref="TicketOptions.MaxWait"/>. Only where the pool has had no thread for the call in a tenth of a second does a <see cref="Next"/> that waits make it itself, however long it
/// takes: else callers that hold all threads of the pool would wait for one another.</para>
/// </remarks>
public sealed partial class TicketGenerator : IIdGenerator<long>
{
    private static readonly TimeSpan BlockLifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestStoreTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestQueueing = TimeSpan.FromMilliseconds(100);

    private readonly ITicketStore _store;
    private readonly string _name;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _maxWait;
    private readonly TimeSpan _storeTimeout;
    private readonly int _initialBlock;
    private readonly int _maxBlock;
    private readonly Lock _lock = new();
    private TicketRun _current = TicketRun.Empty;
    private readonly Queue<TicketRun> _ready = new(); // the next blocks: one, or more where late ones came
    private TicketFetch? _fetch; // the one for all who wait; those given up are in no field
    private long _lastNumber = -1; // of the blocks that came
    private long _lastFetch;
    private int _blockSize; // of the last fetch; 0 before the first

    /// <summary>Creates a generator, which asks the store at its first call.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">Which row of numbers.</param>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty, or the first block is larger than the largest.</exception>
    public TicketGenerator(ITicketStore store, string name, TicketOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new TicketOptions();
        if (options.InitialBlock > options.MaxBlock)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"InitialBlock must be at most MaxBlock, {options.MaxBlock}, but is {options.InitialBlock}."), nameof(options));
        }

        (_store, _name, _timeProvider, _maxWait) = (store, name, options.TimeProvider, options.MaxWait);
        (_initialBlock, _maxBlock) = (options.InitialBlock, options.MaxBlock);
        _storeTimeout = 2 * _maxWait > ShortestStoreTimeout ? 2 * _maxWait : ShortestStoreTimeout;
    }

    /// <inheritdoc/>
    /// <remarks>Throws what the store throws, when no number is left.</remarks>
    public long Next()
    {
        long start = 0;
        long id;
        while (!TryTake(out id, out TicketRun usedUp))
        {
            if (BeginWait(usedUp, ref start, out TimeSpan left) is { } fetch)
            {
                Wait(fetch, left);
                EndWait(fetch);
            }
        }

        return id;
    }

    /// <inheritdoc/>
    /// <remarks>False starts a fetch, unless one runs; a fetch that fails shows in calls that wait only.</remarks>
    public bool TryNext(out long id)
    {
        while (!TryTake(out id, out TicketRun usedUp))
        {
            if (MoveOn(usedUp) is { Ended.IsCompletedSuccessfully: false })
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Throws what the store throws, when no number is left. A call that is cancelled does not cancel the fetch, which others may wait for.</remarks>
    public ValueTask<long> NextAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<long>(cancellationToken);
        }

        return TryTake(out long id, out _) ? ValueTask.FromResult(id) : WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>From the block in use and the next, if it is there.</remarks>
    public int Fill(Span<long> destination)
    {
        int filled = 0;
        while (filled < destination.Length)
        {
            TicketRun run = Volatile.Read(ref _current);
            int count = run.Take(destination[filled..], out bool isDue);
            filled += count;
            if (isDue)
            {
                Prefetch();
            }

            if (count == 0 && MoveOn(run) is { Ended.IsCompletedSuccessfully: false })
            {
                break;
            }
        }

        return filled;
    }

    private bool TryTake(out long id, out TicketRun run)
    {
        run = Volatile.Read(ref _current);
        bool taken = run.TryTake(out id, out bool isDue);
        if (isDue)
        {
            Prefetch();
        }

        return taken;
    }

    private async ValueTask<long> WaitAsync(CancellationToken cancellationToken)
    {
        long start = 0;
        long id;
        while (!TryTake(out id, out TicketRun usedUp))
        {
            if (BeginWait(usedUp, ref start, out TimeSpan left) is { } fetch)
            {
                await fetch.Ended.WaitAsync(left, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                EndWait(fetch);
            }
        }

        return id;
    }

    // What to wait for, and how long yet; null when there is a new block.
    private TicketFetch? BeginWait(TicketRun usedUp, ref long start, out TimeSpan left)
    {
        start = start == 0 ? _timeProvider.GetTimestamp() : start;
        TicketFetch? fetch = MoveOn(usedUp);
        left = _maxWait - _timeProvider.GetElapsedTime(start);
        left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        return fetch;
    }

    private void Wait(TicketFetch fetch, TimeSpan left)
    {
        // By the thread's own timeout where the clock is the system's: it needs no thread of the pool.
        bool isSystem = ReferenceEquals(_timeProvider, TimeProvider.System);
        Task ended = isSystem ? fetch.Ended : fetch.Ended.WaitAsync(left, _timeProvider);
        TimeSpan queueing = LongestQueueing - fetch.Age;
        queueing = queueing > TimeSpan.Zero ? queueing : TimeSpan.Zero;
        if (queueing < left)
        {
            left -= queueing;
            if (Task.WaitAny([ended], queueing) < 0 && fetch.TryClaim())
            {
                _ = FetchAsync(fetch);
            }
        }

        Task.WaitAny([ended], isSystem ? left : Timeout.InfiniteTimeSpan);
    }

    private void EndWait(TicketFetch fetch)
    {
        if (!fetch.Ended.IsCompleted)
        {
            throw TookTooLong();
        }

        fetch.Ended.GetAwaiter().GetResult(); // what the store threw
    }

    private TimeoutException TookTooLong() =>
        new(string.Create(CultureInfo.InvariantCulture, $"No number of '{_name}' within MaxWait, {_maxWait}: the store has not answered."));
}
