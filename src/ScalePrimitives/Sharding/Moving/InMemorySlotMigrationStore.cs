using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>Keeps records of migrations in memory: for tests. Thread-safe.</summary>
public sealed class InMemorySlotMigrationStore : ISlotMigrationStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, SlotMigrationRecord> _migrations = [];

    /// <inheritdoc/>
    public ValueTask<SlotMigrationRecord?> ReadAsync(Guid id, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return ValueTask.FromResult(_migrations.GetValueOrDefault(id));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SlotMigrationRecord>> ListUnfinishedAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return ValueTask.FromResult<ImmutableArray<SlotMigrationRecord>>([.. _migrations.Values.Where(each => !each.IsFinished).OrderBy(each => each.Id)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryWriteAsync(SlotMigrationRecord migration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(migration);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            bool follows = (_migrations.GetValueOrDefault(migration.Id)?.Revision ?? 0) == migration.Revision - 1;
            if (follows)
            {
                _migrations[migration.Id] = migration;
            }

            return ValueTask.FromResult(follows);
        }
    }
}
