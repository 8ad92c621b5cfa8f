using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// Grants workers within one process: for several generators in it, and for tests. It forgets everything with the process, so it protects from nothing
/// beyond it. All calls complete synchronously. Thread-safe, by one lock; a grant takes time in proportion to the workers used so far.
/// </summary>
public sealed class InMemoryWorkerLeaseStore : IWorkerLeaseStore
{
    private static readonly TimeSpan MaxDuration = TimeSpan.FromHours(1);

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
        Guard.InRange(duration, space.Layout.Unit, MaxDuration);
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
        // The last grant of each worker, by number; a token that is null has been released, or must not be renewed.
        private readonly List<(Guid? Token, DateTimeOffset NotBefore, DateTimeOffset NotAfter)> _workers = [];
        private DateTimeOffset _floor;

        public SnowflakeLayout Layout => layout;

        public WorkerGrant? Acquire(Guid token, TimeSpan duration, DateTimeOffset now)
        {
            int worker = _workers.FindIndex(last => last.Token is null || last.NotAfter <= now);
            if (worker < 0)
            {
                if (_workers.Count == layout.WorkerCount)
                {
                    return null;
                }

                worker = _workers.Count;
                _workers.Add((null, layout.Epoch, layout.Epoch));
            }

            // At or past the end of the window before, whatever the store's own clock says.
            DateTimeOffset notBefore = RoundUp(Latest(Latest(now, _workers[worker].NotAfter), Latest(_floor, layout.Epoch)));
            DateTimeOffset notAfter = RoundDown(notBefore + duration);
            if (notAfter > layout.ExpiresAt)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No window fits before the end of the layout's timestamps, {layout.ExpiresAt:O}."));
            }

            _workers[worker] = (token, notBefore, notAfter);
            return new WorkerGrant(worker, token, notBefore, notAfter);
        }

        public WorkerGrant? Renew(WorkerGrant grant, TimeSpan duration, DateTimeOffset now)
        {
            if (!IsLast(grant))
            {
                return null;
            }

            (Guid? _, DateTimeOffset notBefore, DateTimeOffset notAfter) = _workers[(int)grant.Worker];
            DateTimeOffset wanted = RoundDown(now + duration);
            DateTimeOffset end = Latest(notAfter, wanted < layout.ExpiresAt ? wanted : layout.ExpiresAt);
            _workers[(int)grant.Worker] = (grant.Token, notBefore, end);
            return grant with { NotBefore = notBefore, NotAfter = end };
        }

        public void Release(WorkerGrant grant, DateTimeOffset usedUntil)
        {
            if (IsLast(grant))
            {
                (Guid? _, DateTimeOffset notBefore, DateTimeOffset notAfter) = _workers[(int)grant.Worker];
                DateTimeOffset used = Latest(usedUntil, notBefore);
                _workers[(int)grant.Worker] = (null, notBefore, used < notAfter ? used : notAfter);
            }
        }

        public void RaiseFloor(DateTimeOffset floor)
        {
            _floor = Latest(_floor, floor);
            for (int worker = 0; worker < _workers.Count; worker++)
            {
                _workers[worker] = _workers[worker] with { Token = null };
            }
        }

        private static DateTimeOffset Latest(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

        private bool IsLast(WorkerGrant grant) => grant.Worker >= 0 && grant.Worker < _workers.Count && _workers[(int)grant.Worker].Token == grant.Token;

        private DateTimeOffset RoundDown(DateTimeOffset instant) => layout.StartOf(layout.TickAt(instant));

        private DateTimeOffset RoundUp(DateTimeOffset instant) => layout.StartOf(layout.TickAt(instant.AddTicks(-1)) + 1);
    }
}
