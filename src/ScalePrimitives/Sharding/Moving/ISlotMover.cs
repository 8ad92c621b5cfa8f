namespace ScalePrimitives.Sharding;

/// <summary>
/// Moves the data of slots from one shard to another, for a <see cref="SlotMigration"/>. Where the data is (rows, files, keys) is the mover's affair. Any call may be
/// made again after a crash in the middle of it, by another process too.
/// </summary>
public interface ISlotMover
{
    /// <summary>Makes the record's attempt the only one that can change anything on either shard, and finds out where to go on.</summary>
    /// <param name="migration">The record.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The state to go on from: <see cref="SlotMigrationState.Moved"/> when the source has given the slots away, whatever the record says; and a state from which nothing
    /// is missed that a crashed mover knew, when it has not. The slots are not frozen afterwards.</returns>
    /// <exception cref="SlotMigrationTakenOverException">A later attempt has the shards.</exception>
    ValueTask<SlotMigrationState> TakeOverAsync(SlotMigrationRecord migration, CancellationToken cancellationToken);

    /// <summary>Does the work of the record's state.</summary>
    /// <param name="migration">The record. Not of a finished migration, nor of <see cref="SlotMigrationState.Moved"/>, in which the mover has nothing to do.</param>
    /// <param name="progress">Is told how far the work is; null when nobody asks.</param>
    /// <param name="cancellationToken">Ends the call, so that it can be made again later.</param>
    /// <returns>The next state: the following one, or <see cref="SlotMigrationState.CatchingUp"/> when a frozen slot had to be thawed.</returns>
    /// <exception cref="SlotMigrationTakenOverException">A later attempt has the shards.</exception>
    ValueTask<SlotMigrationState> AdvanceAsync(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken);
}
