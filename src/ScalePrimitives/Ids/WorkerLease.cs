using System.Globalization;

namespace ScalePrimitives.Ids;

/// <summary>
/// Holds a worker number of an <see cref="IWorkerLeaseStore"/>, keeps it, and has the one generator that issues its ids. No two leases of a space
/// issue the same id, whatever clocks, pauses and networks do: the generator issues no timestamp outside the window that the store granted.
/// Thread-safe.
/// </summary>
/// <remarks>
/// <para>A timer of the options' <see cref="SnowflakeOptions.TimeProvider"/> renews the window when a third of what is left has passed, and again at a third of what
/// is left then, should the store not answer. A call of the store that takes longer than a third of the duration is given up.</para>
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
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private Task _renewal = Task.CompletedTask;
    private Task? _disposal;
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

    /// <summary>Acquires a worker.</summary>
    /// <param name="store">Where workers are granted.</param>
    /// <param name="space">The space of the ids; its layout is the generator's.</param>
    /// <param name="options">The options, which are copied; the default is <c>new WorkerLeaseOptions()</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The lease.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> or <paramref name="space"/> is null.</exception>
    /// <exception cref="ArgumentException">The generator's options name a datacenter or a server, or their longest wait is shorter than a unit.</exception>
    /// <exception cref="InvalidOperationException">Every worker is held, or the space belongs to another layout.</exception>
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

        WorkerGrant grant = await store.TryAcquireAsync(space, NewToken(), options.Duration, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"All {space.Layout.WorkerCount} workers of the space {space.Name} are held."));
        return new WorkerLease(store, space, options, grant);
    }

    /// <summary>
    /// Closes the generator, waits for a renewal under way, and gives the worker back. A store that fails to take it back is no error: the
    /// worker is free when its window has passed. Further calls wait for the first.
    /// </summary>
    /// <returns>A task that ends when the store has answered or was given up.</returns>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposal ??= CloseAsync();
            return new ValueTask(_disposal);
        }
    }

    private static Guid NewToken() => Uuid.NewVersion4();

    private async Task CloseAsync()
    {
        // The order is the rule: no id is issued any more when the store learns which was the last.
        _closed = true;
        DateTimeOffset usedUntil = _generator.Close();
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _disposing.CancelAsync().ConfigureAwait(false);
        await _renewal.ConfigureAwait(false);
        _generator.Dispose();
        _disposing.Dispose();
        using var timeout = new CancellationTokenSource(CallTimeout, _timeProvider);
        try
        {
            await _store.ReleaseAsync(_space, _grant, usedUntil, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Not an error of the caller's: the window passes all the same.
        }
    }

    private TimeSpan CallTimeout => _duration / RenewalShare;

    private void OnDue()
    {
        lock (_gate)
        {
            if (!_closed && _renewal.IsCompleted)
            {
                _renewal = RenewAsync();
            }
        }
    }

    // Never throws: what fails is told by the generator, and tried again.
    private async Task RenewAsync()
    {
        using var timeout = new CancellationTokenSource(CallTimeout, _timeProvider);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _disposing.Token);
        Exception? failure = null;
        try
        {
            await RenewOrReplaceAsync(ending.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        _generator.Report(failure);
        Schedule();
    }

    private async Task RenewOrReplaceAsync(CancellationToken cancellationToken)
    {
        if (await _store.TryRenewAsync(_space, _grant, _duration, cancellationToken).ConfigureAwait(false) is { } renewed)
        {
            lock (_gate)
            {
                _grant = renewed;
                _generator.Extend(renewed);
            }

            return;
        }

        WorkerGrant grant = await _store.TryAcquireAsync(_space, NewToken(), _duration, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Worker {_grant.Worker} has gone to another holder, and all {_space.Layout.WorkerCount} workers of the space {_space.Name} are held."));
        lock (_gate)
        {
            _grant = grant;
            if (!_closed) // a closed generator must not be opened again: its disposal gives the new worker back
            {
                _generator.Replace(grant);
            }
        }
    }

    private void Schedule()
    {
        // A wall clock that was set back must not put the renewal off: never more is left than the duration.
        TimeSpan left = Grant.NotAfter - _timeProvider.GetUtcNow();
        TimeSpan due = (left < _duration ? left : _duration) / RenewalShare;
        TimeSpan shortest = _duration / ShortestPauseShare;
        _timer.Change(due > shortest ? due : shortest, Timeout.InfiniteTimeSpan);
    }
}
