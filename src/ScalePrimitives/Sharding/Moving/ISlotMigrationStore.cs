using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>Keeps the records of migrations. What it has taken is durable before the call returns. Implementations are thread-safe.</summary>
public interface ISlotMigrationStore
{
    /// <summary>Reads a record.</summary>
    /// <param name="id">The id of the migration.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The record, or null when there is none.</returns>
    ValueTask<SlotMigrationRecord?> ReadAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Lists the migrations that are not finished: those to take over after a crash.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The records, by id.</returns>
    ValueTask<ImmutableArray<SlotMigrationRecord>> ListUnfinishedAsync(CancellationToken cancellationToken = default);

    /// <summary>Writes a record, if the one that is kept is the one before it: of all who change one revision, one succeeds.</summary>
    /// <param name="migration">The record; of revision 1 when there is none yet.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><see langword="false"/> when another revision is kept; nothing is changed then.</returns>
    ValueTask<bool> TryWriteAsync(SlotMigrationRecord migration, CancellationToken cancellationToken = default);
}
