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
/// While numbers are left, a failure stays unseen.</para>
/// </remarks>
public sealed class TicketGenerator : IIdGenerator<long>
{
    private static readonly TimeSpan BlockLifetime = TimeSpan.FromSeconds(10);

    private readonly ITicketStore _store;
    private readonly string _name;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _maxWait;
    private readonly int _initialBlock;
    private readonly int _maxBlock;
    private readonly Lock _lock = new();
    private TicketRun _current = TicketRun.Empty;
    private TicketRun? _next;
    private Task? _fetch; // the one that runs, for all who wait
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
    }

    /// <inheritdoc/>
    /// <remarks>Throws what the store throws, when no number is left.</remarks>
    public long Next()
    {
        long start = 0;
        long id;
        while (!TryTake(out id, out TicketRun usedUp))
        {
            // The store is called on this thread: callers who wait may hold every thread of the pool, and none would be left to call it.
            (Task fetch, TimeSpan left) = BeginWait(usedUp, ref start, onThisThread: true);
            Wait(fetch, left);
            EndWait(fetch);
        }

        return id;
    }

    /// <inheritdoc/>
    /// <remarks>False starts a fetch, unless one runs; a fetch that fails shows in calls that wait only.</remarks>
    public bool TryNext(out long id)
    {
        while (!TryTake(out id, out TicketRun usedUp))
        {
            if (!MoveOn(usedUp, onThisThread: false).IsCompletedSuccessfully)
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
            int count = run.Take(destination[filled..], out bool passesHalf);
            filled += count;
            if (passesHalf)
            {
                Prefetch();
            }

            if (count == 0 && !MoveOn(run, onThisThread: false).IsCompletedSuccessfully)
            {
                break;
            }
        }

        return filled;
    }

    private bool TryTake(out long id, out TicketRun run)
    {
        run = Volatile.Read(ref _current);
        bool taken = run.TryTake(out id, out bool isHalf);
        if (isHalf)
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
            (Task fetch, TimeSpan left) = BeginWait(usedUp, ref start, onThisThread: false);
            await fetch.WaitAsync(left, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            EndWait(fetch);
        }

        return id;
    }

    private (Task Fetch, TimeSpan Left) BeginWait(TicketRun usedUp, ref long start, bool onThisThread)
    {
        start = start == 0 ? _timeProvider.GetTimestamp() : start;
        Task fetch = MoveOn(usedUp, onThisThread);
        TimeSpan left = _maxWait - _timeProvider.GetElapsedTime(start);
        return (fetch, left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    private void Wait(Task fetch, TimeSpan left)
    {
        if (ReferenceEquals(_timeProvider, TimeProvider.System))
        {
            Task.WaitAny([fetch], left); // by the thread's own timeout, which needs no thread of the pool either
            return;
        }

        fetch.WaitAsync(left, _timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
    }

    private void EndWait(Task fetch)
    {
        if (!fetch.IsCompleted)
        {
            throw TookTooLong();
        }

        fetch.GetAwaiter().GetResult(); // what the store threw
    }

    private TimeoutException TookTooLong() =>
        new(string.Create(CultureInfo.InvariantCulture, $"No number of '{_name}' within MaxWait, {_maxWait}: the store has not answered."));

    // Puts the next block in place of one that is used up, or fetches it.
    private Task MoveOn(TicketRun usedUp, bool onThisThread)
    {
        int size;
        TaskCompletionSource fetch;
        lock (_lock)
        {
            if (!ReferenceEquals(_current, usedUp))
            {
                return Task.CompletedTask; // another call has
            }

            if (_next is not null)
            {
                Volatile.Write(ref _current, _next);
                _next = null;
                return Task.CompletedTask;
            }

            if (_fetch is not null)
            {
                return _fetch;
            }

            (fetch, size) = BeginFetch();
        }

        _ = onThisThread ? FetchAsync(fetch, size) : Task.Run(() => FetchAsync(fetch, size));
        return fetch.Task;
    }

    private void Prefetch()
    {
        int size;
        TaskCompletionSource fetch;
        lock (_lock)
        {
            if (_next is not null || _fetch is not null)
            {
                return;
            }

            (fetch, size) = BeginFetch();
        }

        _ = Task.Run(() => FetchAsync(fetch, size));
    }

    // Under the lock, so that there is one. The store is called outside it.
    private (TaskCompletionSource Fetch, int Size) BeginFetch()
    {
        var fetch = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fetch = fetch.Task;
        return (fetch, NextBlockSize());
    }

    // Doubled while a block lasts less than its time, halved when it lasts four times that.
    private int NextBlockSize()
    {
        long now = _timeProvider.GetTimestamp();
        TimeSpan lasted = _timeProvider.GetElapsedTime(_lastFetch, now);
        _lastFetch = now;
        if (_blockSize == 0)
        {
            _blockSize = _initialBlock;
        }
        else if (lasted < BlockLifetime)
        {
            _blockSize = Math.Min(_blockSize * 2, _maxBlock);
        }
        else if (lasted > 4 * BlockLifetime)
        {
            _blockSize = Math.Max(_blockSize / 2, _initialBlock);
        }

        return _blockSize;
    }

    private async Task FetchAsync(TaskCompletionSource fetch, int count)
    {
        try
        {
            TicketBlock block = await _store.ReserveAsync(_name, count).ConfigureAwait(false);
            if (block.Count != count || block.First < 0 || block.Step < 1)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The store was asked for {count} numbers of '{_name}' and gave {block}."));
            }

            lock (_lock)
            {
                _next = new TicketRun(block);
                _fetch = null;
            }

            fetch.SetResult();
        }
        catch (Exception failure)
        {
            lock (_lock)
            {
                _fetch = null;
                _blockSize = 0; // no larger block of a store that fails
            }

            fetch.SetException(failure);
            _ = fetch.Task.Exception; // seen: one that fails while nobody waits is asked again when a number is needed
        }
    }
}
