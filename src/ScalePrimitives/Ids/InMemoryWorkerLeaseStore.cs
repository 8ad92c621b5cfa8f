using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// Grants workers within one process: for several generators in it, and for tests. It forgets everything with the process, so it protects from nothing
/// beyond it. All calls complete synchronously. Thread-safe, by one lock; a grant takes time in proportion to the workers used so far.
/// </summary>
public sealed class InMemoryWorkerLeaseStore : IWorkerLeaseStore
{
    private readonly TimeProvider _timeProvider;
    private readonly Dictionary<string, Space> _spaces = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Creates a store without grants.</summary>
    /// <param name="timeProvider">The store's clock; the default is <see cref="TimeProvider.System"/>.</param>
    public InMemoryWorkerLeaseStore(TimeProvider? timeProvider = null) => _timeProvider = timeProvider ?? TimeProvider.System;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is shorter than a unit of the layout, or longer than 1 hour.</exception>
    public ValueTask<WorkerGrant?> TryAcquireAsync(WorkerSpace space, Guid token, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        CheckDuration(space, duration);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new ValueTask<WorkerGrant?>(Find(space).Acquire(token, duration, _timeProvider.GetUtcNow()));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is shorter than a unit of the layout, or longer than 1 hour.</exception>
    public ValueTask<WorkerGrant?> TryRenewAsync(WorkerSpace space, WorkerGrant grant, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        CheckDuration(space, duration);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new ValueTask<WorkerGrant?>(Find(space).Renew(grant, duration, _timeProvider.GetUtcNow()));
        }
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(WorkerSpace space, WorkerGrant grant, DateTimeOffset usedUntil, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(space);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Find(space).Release(grant, usedUntil);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>No grant from before can be renewed past the floor: the worker may have been another's when grants were lost. Its window stays its holder's.</remarks>
    public ValueTask RaiseFloorAsync(WorkerSpace space, DateTimeOffset floor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(space);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Find(space).RaiseFloor(floor);
        }

        return ValueTask.CompletedTask;
    }

    private static void CheckDuration(WorkerSpace space, TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(space);
        Guard.InRange(duration, space.Layout.Unit, WorkerWindow.MaxDuration);
    }

    private Space Find(WorkerSpace space)
    {
        if (!_spaces.TryGetValue(space.Name, out Space? found))
        {
            found = new Space(space.Layout);
            _spaces.Add(space.Name, found);
        }

        return found.Layout == space.Layout
            ? found
            : throw new InvalidOperationException($"The space {space.Name} belongs to another layout: {found.Layout}, not {space.Layout}.");
    }

    private sealed class Space(SnowflakeLayout layout)
    {
        private readonly List<WorkerWindow> _workers = [];
        private DateTimeOffset _floor;

        public SnowflakeLayout Layout => layout;

        public WorkerGrant? Acquire(Guid token, TimeSpan duration, DateTimeOffset now)
        {
            int worker = _workers.FindIndex(last => last.IsFreeAt(now));
            bool isNew = worker < 0;
            if (isNew && _workers.Count == layout.WorkerCount)
            {
                return null;
            }

            WorkerWindow granted = (isNew ? WorkerWindow.Unused(layout) : _workers[worker]).Grant(layout, token, duration, now, _floor);
            if (isNew)
            {
                worker = _workers.Count;
                _workers.Add(granted);
            }

            _workers[worker] = granted;
            return new WorkerGrant(worker, token, granted.NotBefore, granted.NotAfter);
        }

        public WorkerGrant? Renew(WorkerGrant grant, TimeSpan duration, DateTimeOffset now)
        {
            if (!IsLast(grant))
            {
                return null;
            }

            WorkerWindow renewed = _workers[(int)grant.Worker].Renew(layout, duration, now);
            _workers[(int)grant.Worker] = renewed;
            return grant with { NotBefore = renewed.NotBefore, NotAfter = renewed.NotAfter };
        }

        public void Release(WorkerGrant grant, DateTimeOffset usedUntil)
        {
            if (IsLast(grant))
            {
                _workers[(int)grant.Worker] = _workers[(int)grant.Worker].Release(usedUntil);
            }
        }

        public void RaiseFloor(DateTimeOffset floor)
        {
            _floor = floor > _floor ? floor : _floor;
            for (int worker = 0; worker < _workers.Count; worker++)
            {
                _workers[worker] = _workers[worker] with { Token = null };
            }
        }

        private bool IsLast(WorkerGrant grant) => grant.Worker >= 0 && grant.Worker < _workers.Count && _workers[(int)grant.Worker].Token == grant.Token;
    }
}
