using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Moves the data of slots from one shard to another, for a <see cref="SlotMigration"/>. Where the data is (rows, files, keys) is the mover's affair. Any call may be
/// made again after a crash in the middle of it, by another process too. One that hangs is given up after an hour in which it tells nothing.
/// </summary>
public interface ISlotMover
{
    /// <summary>Looks for everything that would refuse moves, break them, or surprise their owner. Changes nothing.</summary>
    /// <param name="moves">The moves, such as those of a <see cref="RebalancePlan"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was found, and how much there is to move.</returns>
    ValueTask<SlotMoveReport> CheckAsync(IReadOnlyList<SlotMove> moves, CancellationToken cancellationToken = default);

    /// <summary>Makes the record's attempt the only one that can change anything on either shard, and finds out where to go on. For a migration that is <see cref="SlotMigrationState.Cancelling"/>
    /// the source alone is needed; from <see cref="SlotMigrationState.Moved"/> on the target alone.</summary>
    /// <param name="migration">The record.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Where to go on. The slots are not frozen afterwards.</returns>
    /// <exception cref="SlotMigrationTakenOverException">A later attempt has the shards.</exception>
    ValueTask<SlotTakeover> TakeOverAsync(SlotMigrationRecord migration, CancellationToken cancellationToken);

    /// <summary>Lists the slots of a migration that the source has given away.</summary>
    /// <param name="migration">The record.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The slots, ascending.</returns>
    ValueTask<ImmutableArray<int>> GetMovedAsync(SlotMigrationRecord migration, CancellationToken cancellationToken);

    /// <summary>Does the work of the record's state.</summary>
    /// <param name="migration">The record. Not of a finished migration, nor of <see cref="SlotMigrationState.Moved"/>, in which the mover has nothing to do.</param>
    /// <param name="progress">Is told how far the work is, often enough to be known to be alive; null when nobody asks.</param>
    /// <param name="cancellationToken">Ends the call within a minute, so that it can be made again later.</param>
    /// <returns>The next state: the following one; the same one when something was in the way that may pass by itself; <see cref="SlotMigrationState.CatchingUp"/> when frozen slots had to be
    /// thawed; or <see cref="SlotMigrationState.HandingOver"/> when some of them had to be.</returns>
    /// <exception cref="SlotMigrationTakenOverException">A later attempt has the shards.</exception>
    ValueTask<SlotMigrationState> AdvanceAsync(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken);
}
