using System.Collections.Immutable;
using ScalePrimitives.Sharding;

namespace SlotMover;

/// <summary>A store of migrations that stops before it writes the end of a state, or after it has written its beginning.</summary>
internal sealed class StoppedMigrationStore(ISlotMigrationStore inner, StopAt stop) : ISlotMigrationStore
{
    private SlotMigrationState? _last;

    public ValueTask<SlotMigrationRecord?> ReadAsync(Guid id, CancellationToken cancellationToken = default) => inner.ReadAsync(id, cancellationToken);

    public ValueTask<ImmutableArray<SlotMigrationRecord>> ListUnfinishedAsync(CancellationToken cancellationToken = default) => inner.ListUnfinishedAsync(cancellationToken);

    public async ValueTask<bool> TryWriteAsync(SlotMigrationRecord migration, CancellationToken cancellationToken = default)
    {
        await stop.PassAsync($"leave:{_last}");
        bool written = await inner.TryWriteAsync(migration, cancellationToken);
        _last = migration.State;
        await stop.PassAsync($"enter:{_last}");
        return written;
    }
}
