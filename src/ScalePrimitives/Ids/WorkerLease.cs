using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// Holds a worker number of an <see cref="IWorkerLeaseStore"/>, keeps it, and has the one generator that issues its ids. No two leases of a space
/// issue the same id, whatever clocks, pauses and networks do: the generator issues no timestamp outside the window that the store granted.
/// Thread-safe.
/// </summary>
/// <remarks>
/// <para>A timer of the options' <see cref="SnowflakeOptions.TimeProvider"/> renews the window when a third of what is left has passed, and again at a third of what
/// is left then, should the store not answer. A call of the store that takes longer than a third of the duration is given up, though the store does not regard its token, and the
/// store is asked again. What it answers later is used where it still fits: a renewal extends the window of the worker it was asked for while that is held, and a worker that is granted
/// too late is given back. A store that holds the thread which calls it, as SQLite's driver does, is waited for: bound its own wait.</para>
/// <para>While the store cannot be reached, ids are issued to the end of the window; then the generator throws an <see cref="InvalidOperationException"/>
/// with the store's failure inside, until a renewal succeeds. When the worker has gone to another holder, the lease acquires another worker
/// and its generator goes on with that, past all it has issued; ids of the old worker stay valid.</para>
/// <para>Disposing of the lease closes the generator, and then reports the last timestamp to the store, so that the worker is free at once.
/// A lease that is not disposed of is renewed for ever.</para>
/// </remarks>
public sealed class WorkerLease : IAsyncDisposable
{
    private const int RenewalShare = 3; // a third of what is left
    private const int ShortestPauseShare = 60; // of the duration: the pace of attempts when little or nothing is left

    private readonly IWorkerLeaseStore _store;
    private readonly WorkerSpace _space;
    private readonly TimeSpan _duration;
    private readonly TimeProvider _timeProvider;
    private readonly SnowflakeGenerator _generator;
    private readonly CancellationTokenSource _disposing = new(); // has no timer and no handle: nothing to dispose of
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private bool _isRenewing;
    private TaskCompletionSource? _disposal;
    private WorkerGrant _grant;
    private bool _closed;

    private WorkerLease(IWorkerLeaseStore store, WorkerSpace space, WorkerLeaseOptions options, WorkerGrant grant)
    {
        _store = store;
        _space = space;
        _duration = options.Duration;
        _timeProvider = options.Generator.TimeProvider;
        _grant = grant;
        _generator = new SnowflakeGenerator(options.Generator, space.Layout, grant);
        _timer = _timeProvider.CreateTimer(static lease => ((WorkerLease)lease!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Schedule();
    }

    /// <summary>Gets the generator, the only one of this lease. Once the lease is disposed of, it throws an <see cref="InvalidOperationException"/>.</summary>
    public IIdGenerator<long> Generator => _generator;

    /// <summary>Gets the grant that the lease holds now, or held last.</summary>
    public WorkerGrant Grant
    {
        get
        {
            lock (_gate)
            {
                return _grant;
            }
        }
    }

    /// <summary>Acquires a worker. A store that has not answered within 30 seconds is given up.</summary>
    /// <param name="store">Where workers are granted.</param>
    /// <param name="space">The space of the ids; its layout is the generator's.</param>
    /// <param name="options">The options, which are copied; the default is <c>new WorkerLeaseOptions()</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The lease.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> or <paramref name="space"/> is null.</exception>
    /// <exception cref="ArgumentException">The generator's options name a datacenter or a server, or their longest wait is shorter than a unit.</exception>
    /// <exception cref="InvalidOperationException">Every worker is held, or the space belongs to another layout.</exception>
    /// <exception cref="TimeoutException">The store has not answered.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<WorkerLease> AcquireAsync(IWorkerLeaseStore store, WorkerSpace space, WorkerLeaseOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(space);
        options ??= new WorkerLeaseOptions();
        if (options.Generator.Datacenter is not null || options.Generator.Server is not null)
        {
            throw new ArgumentException("Datacenter and Server must not be set: the lease gives them.", nameof(options));
        }

        if (options.Generator.MaxWait < space.Layout.Unit || options.Duration < space.Layout.Unit)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"MaxWait and Duration must be at least one unit of the layout, {space.Layout.Unit}, but are {options.Generator.MaxWait} and {options.Duration}."), nameof(options));
        }

        (TimeSpan duration, TimeProvider timeProvider) = (options.Duration, options.Generator.TimeProvider);
        WorkerGrant grant = await Deadline.WithinAsync(
            token => store.TryAcquireAsync(space, NewToken(), duration, token),
            Deadline.OfCaller,
            timeProvider,
            cancellationToken,
            late: unused => GiveBack(store, space, unused, duration, timeProvider)).ConfigureAwait(false)
            ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"All {space.Layout.WorkerCount} workers of the space {space.Name} are held."));
        return new WorkerLease(store, space, options, grant);
    }

    /// <summary>
    /// Closes the generator, ends a renewal under way, and gives the worker back. A store that fails to take it back, or takes longer than a third of the
    /// duration, is no error: the worker is free when its window has passed. Further calls wait for the first.
    /// </summary>
    /// <returns>A task that ends when the store has answered or was given up.</returns>
    public ValueTask DisposeAsync()
    {
        var disposal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_disposal is not null)
            {
                return new ValueTask(_disposal.Task);
            }

            _disposal = disposal;
            _closed = true; // from here on the grant stays as it is
        }

        return new ValueTask(CloseAsync(disposal)); // outside the lock, for the store may hold the thread
    }

    private static Guid NewToken() => Uuid.NewVersion4();

    private static TimeSpan CallTimeout(TimeSpan duration) => duration / RenewalShare;

    // Of which nothing was issued, so that its worker is free from the start of its window. Nobody waits for it.
    private static void GiveBack(IWorkerLeaseStore store, WorkerSpace space, WorkerGrant? unused, TimeSpan duration, TimeProvider timeProvider)
    {
        if (unused is { } grant)
        {
            _ = ReleaseAsync(store, space, grant, grant.NotBefore, duration, timeProvider);
        }
    }

    // Never throws: where the store does not answer, the window passes all the same.
    private static async Task ReleaseAsync(IWorkerLeaseStore store, WorkerSpace space, WorkerGrant grant, DateTimeOffset usedUntil, TimeSpan duration, TimeProvider timeProvider)
    {
        try
        {
            await Deadline.WithinAsync(CallAsync, CallTimeout(duration), timeProvider, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Not an error of the caller's.
        }

        async ValueTask<bool> CallAsync(CancellationToken token)
        {
            await store.ReleaseAsync(space, grant, usedUntil, token).ConfigureAwait(false);
            return true;
        }
    }

    private async Task CloseAsync(TaskCompletionSource disposal)
    {
        // The order is the rule: no id is issued any more when the store learns which was the last.
        DateTimeOffset usedUntil = _generator.Close();
        _timer.Dispose();
        _ = _disposing.CancelAsync(); // not waited for: what a store does at it may take its time
        _generator.Dispose();
        await ReleaseAsync(_store, _space, Grant, usedUntil, _duration, _timeProvider).ConfigureAwait(false);
        disposal.SetResult();
    }

    private void OnDue()
    {
        lock (_gate)
        {
            if (_closed || _isRenewing)
            {
                return;
            }

            _isRenewing = true;
        }

        _ = RenewAsync(); // outside the lock, for the store may hold the thread
    }

    // Never throws: what fails is told by the generator, and tried again.
    private async Task RenewAsync()
    {
        Exception? failure = null;
        try
        {
            await RenewOrReplaceAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        _generator.Report(failure);
        lock (_gate)
        {
            _isRenewing = false;
            if (_closed)
            {
                return;
            }
        }

        Schedule(); // last: the timer may be due before this thread goes on, and must find that the renewal has ended
    }

    private async Task RenewOrReplaceAsync()
    {
        WorkerGrant held = Grant;
        if (await AskAsync(token => _store.TryRenewAsync(_space, held, _duration, token), late: Extend).ConfigureAwait(false) is { } renewed)
        {
            Extend(renewed);
            return;
        }

        WorkerGrant grant = await AskAsync(token => _store.TryAcquireAsync(_space, NewToken(), _duration, token), late: GiveBack).ConfigureAwait(false)
            ?? throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Worker {held.Worker} has gone to another holder, and all {_space.Layout.WorkerCount} workers of the space {_space.Name} are held."));
        if (!TryReplace(grant))
        {
            GiveBack(grant);
        }
    }

    private Task<WorkerGrant?> AskAsync(Func<CancellationToken, ValueTask<WorkerGrant?>> call, Action<WorkerGrant?> late) =>
        Deadline.WithinAsync(call, CallTimeout(_duration), _timeProvider, _disposing.Token, late);

    // However late it comes: the store has noted the window, and grants the worker to nobody before its end. But a worker that the
    // lease has left meanwhile is no longer its own, and what it issues now is not fenced by that window.
    private void Extend(WorkerGrant? renewed)
    {
        lock (_gate)
        {
            if (!_closed && renewed is { } grant && grant.Token == _grant.Token && grant.NotAfter >= _grant.NotAfter)
            {
                _grant = grant;
                _generator.Extend(grant);
            }
        }
    }

    private bool TryReplace(WorkerGrant grant)
    {
        lock (_gate)
        {
            if (_closed) // a closed generator must not be opened again
            {
                return false;
            }

            _grant = grant;
            _generator.Replace(grant);
            return true;
        }
    }

    private void GiveBack(WorkerGrant? unused) => GiveBack(_store, _space, unused, _duration, _timeProvider);

    private void Schedule()
    {
        // A wall clock that was set back must not put the renewal off: never more is left than the duration.
        TimeSpan left = Grant.NotAfter - _timeProvider.GetUtcNow();
        TimeSpan due = (left < _duration ? left : _duration) / RenewalShare;
        TimeSpan shortest = _duration / ShortestPauseShare;
        _timer.Change(due > shortest ? due : shortest, Timeout.InfiniteTimeSpan);
    }
}
