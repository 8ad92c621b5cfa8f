using System.Collections.Immutable;
using System.Diagnostics;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>A store of one migration that sums how long it is in each state.</summary>
internal sealed class TimedMigrationStore : ISlotMigrationStore
{
    private readonly InMemorySlotMigrationStore _inner = new();
    private readonly Dictionary<SlotMigrationState, TimeSpan> _times = [];
    private (SlotMigrationState State, long Since)? _current;

    /// <summary>Gets how long it was in a state, that it is in still up to now.</summary>
    public TimeSpan this[SlotMigrationState state] =>
        _times.GetValueOrDefault(state) + (_current is { } current && current.State == state ? Stopwatch.GetElapsedTime(current.Since) : TimeSpan.Zero);

    public ValueTask<SlotMigrationRecord?> ReadAsync(Guid id, CancellationToken cancellationToken = default) => _inner.ReadAsync(id, cancellationToken);

    public ValueTask<ImmutableArray<SlotMigrationRecord>> ListUnfinishedAsync(CancellationToken cancellationToken = default) => _inner.ListUnfinishedAsync(cancellationToken);

    public ValueTask<bool> TryWriteAsync(SlotMigrationRecord migration, CancellationToken cancellationToken = default)
    {
        if (_current is { } before)
        {
            _times[before.State] = _times.GetValueOrDefault(before.State) + Stopwatch.GetElapsedTime(before.Since);
        }

        _current = (migration.State, Stopwatch.GetTimestamp());
        return _inner.TryWriteAsync(migration, cancellationToken);
    }
}
