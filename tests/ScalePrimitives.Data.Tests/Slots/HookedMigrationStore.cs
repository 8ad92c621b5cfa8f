using System.Collections.Immutable;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A store of migrations that announces each state before it is written.</summary>
internal sealed class HookedMigrationStore(ISlotMigrationStore inner, Func<SlotMigrationState, Task> before) : ISlotMigrationStore
{
    public ValueTask<SlotMigrationRecord?> ReadAsync(Guid id, CancellationToken cancellationToken = default) => inner.ReadAsync(id, cancellationToken);

    public ValueTask<ImmutableArray<SlotMigrationRecord>> ListUnfinishedAsync(CancellationToken cancellationToken = default) => inner.ListUnfinishedAsync(cancellationToken);

    public async ValueTask<bool> TryWriteAsync(SlotMigrationRecord migration, CancellationToken cancellationToken = default)
    {
        await before(migration.State);
        return await inner.TryWriteAsync(migration, cancellationToken);
    }
}
