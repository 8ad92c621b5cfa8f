using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Moves slots from one shard to another while they are read and written. Each state is kept in a store before its work begins, so that anyone can go on after a crash
/// (<see cref="ResumeAsync"/>), and whoever did so before can change nothing any more.
/// </summary>
/// <remarks>
/// The source decides: it gives the slots away by one change of its own, which needs that nobody has taken over and that the slots are frozen still. Whoever goes on looks there first.
/// The map only tells what has happened. Thread-safe; any number of migrations of different slots side by side.
/// </remarks>
public sealed class SlotMigration
{
    private const int LongestPause = 64;

    private readonly ISlotMigrationStore _store;
    private readonly IShardMapStore _maps;
    private readonly ISlotMover _mover;
    private readonly TimeSpan _retireAfter;
    private readonly TimeSpan _freezePause;
    private readonly TimeProvider _timeProvider;

    /// <summary>Creates a coordinator of migrations.</summary>
    /// <param name="store">Keeps how far they are.</param>
    /// <param name="maps">Keeps the map.</param>
    /// <param name="mover">Moves the data.</param>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/>, <paramref name="maps"/> or <paramref name="mover"/> is null.</exception>
    public SlotMigration(ISlotMigrationStore store, IShardMapStore maps, ISlotMover mover, SlotMigrationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(mover);
        options ??= new SlotMigrationOptions();
        (_store, _maps, _mover) = (store, maps, mover);
        (_retireAfter, _freezePause, _timeProvider) = (options.RetireAfter, options.FreezePause, options.TimeProvider);
    }

    /// <summary>Looks for everything that would refuse moves, break them, or surprise their owner, before anything is changed.</summary>
    /// <param name="moves">The moves, such as those of a <see cref="RebalancePlan"/>; each as <see cref="RunAsync"/> takes it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was found, and how much there is to move.</returns>
    /// <exception cref="ArgumentException">A move does not fit the map.</exception>
    /// <exception cref="InvalidOperationException">There is no map, or a slot of a move is moving already.</exception>
    public async Task<SlotMoveReport> CheckAsync(IReadOnlyList<SlotMove> moves, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(moves);
        ShardMap map = await MapAsync(cancellationToken).ConfigureAwait(false);
        foreach (SlotMove move in moves)
        {
            CheckFits(move ?? throw new ArgumentException("moves must not have a null.", nameof(moves)), map);
        }

        return await _mover.CheckAsync(moves, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Moves slots, from the first check to the deletion of the source's copy.</summary>
    /// <param name="move">What to move. All its slots are on the shard it names, and not moving.</param>
    /// <param name="progress">Is told how far it is; null when nobody asks.</param>
    /// <param name="cancellationToken">Stops the work, which <see cref="ResumeAsync"/> goes on with.</param>
    /// <returns>The record of the finished migration.</returns>
    /// <exception cref="ArgumentException">The move does not fit the map.</exception>
    /// <exception cref="InvalidOperationException">There is no map, a slot of the move is moving already, or <see cref="CheckAsync"/> finds what prevents the move: the message says all of it. Nothing has changed then.</exception>
    /// <exception cref="SlotMigrationTakenOverException">Someone else goes on with it.</exception>
    /// <remarks>What the mover throws later passes to the caller; the migration can be resumed or cancelled afterwards.</remarks>
    public async Task<SlotMigrationRecord> RunAsync(SlotMove move, IProgress<SlotMigrationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(move);
        ShardMap map = await MapAsync(cancellationToken).ConfigureAwait(false);
        CheckFits(move, map);
        (await _mover.CheckAsync([move], cancellationToken).ConfigureAwait(false)).ThrowUnlessClean();
        long epoch = move.Slots.Max(map.GetEpoch) + 1;
        var begun = new SlotMigrationRecord(new Guid(RandomNumberGenerator.GetBytes(16)), map.Id, move, epoch, SlotMigrationState.Preparing, Attempt: 1, Revision: 0);
        begun = await WriteAsync(begun, SlotMigrationState.Preparing, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(await TakeOverShardsAsync(begun, cancellationToken).ConfigureAwait(false), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a migration over and goes on with it, wherever its last coordinator stopped. Safe at any time: if that one still runs, it is shut out.</summary>
    /// <param name="id">The id of the migration, such as one of <see cref="ISlotMigrationStore.ListUnfinishedAsync"/>.</param>
    /// <param name="progress">Is told how far it is; null when nobody asks.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The record of the finished migration; of one that was finished before, its record.</returns>
    /// <exception cref="ArgumentException">There is no such migration.</exception>
    /// <exception cref="SlotMigrationTakenOverException">Someone else goes on with it.</exception>
    public async Task<SlotMigrationRecord> ResumeAsync(Guid id, IProgress<SlotMigrationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        SlotMigrationRecord kept = await ReadAsync(id, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(await TakeOverAsync(kept, cancellationToken).ConfigureAwait(false), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a migration over and undoes it: the slots stay where they are, and what the target has of them is deleted.</summary>
    /// <param name="id">The id of the migration.</param>
    /// <param name="progress">Is told how far it is; null when nobody asks.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The record of the cancelled migration.</returns>
    /// <exception cref="ArgumentException">There is no such migration.</exception>
    /// <exception cref="InvalidOperationException">The slots have moved, or some of them: there is only forward. Resume it, and move them back.</exception>
    /// <exception cref="SlotMigrationTakenOverException">Someone else goes on with it.</exception>
    /// <remarks>The source comes first. When the target cannot be reached, what the mover throws passes to the caller, but the slots are free and may move elsewhere; the migration is
    /// <see cref="SlotMigrationState.Cancelling"/> until this call, or <see cref="ResumeAsync"/>, has reached the target.</remarks>
    public async Task<SlotMigrationRecord> CancelAsync(Guid id, IProgress<SlotMigrationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        SlotMigrationRecord kept = await ReadAsync(id, cancellationToken).ConfigureAwait(false);
        ThrowIfMoved(kept); // before whoever moves them is shut out
        if (kept.IsFinished)
        {
            return kept;
        }

        SlotMigrationRecord taken = await WriteAsync(kept with { Attempt = checked(kept.Attempt + 1) }, kept.State, cancellationToken).ConfigureAwait(false);
        SlotTakeover found = await _mover.TakeOverAsync(taken with { State = SlotMigrationState.Cancelling }, cancellationToken).ConfigureAwait(false);
        taken = found.State == taken.State ? taken : await WriteAsync(taken, found.State, cancellationToken).ConfigureAwait(false);
        ThrowIfMoved(taken); // the source may have given them away and its coordinator ended before it wrote so
        return await FinishAsync((taken, found.HoldsSlots), progress, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SlotMigrationRecord> ReadAsync(Guid id, CancellationToken cancellationToken) =>
        await _store.ReadAsync(id, cancellationToken).ConfigureAwait(false) ?? throw new ArgumentException($"There is no migration {id}.", nameof(id));

    private static void ThrowIfMoved(SlotMigrationRecord migration)
    {
        if (migration.HasMoved || migration.State == SlotMigrationState.HandingOver)
        {
            string what = migration.HasMoved ? "The slots" : "Some of the slots";
            throw new InvalidOperationException($"{what} of migration {migration.Id} have moved: it can only go on. Resume it, and move them back.");
        }
    }

    private async Task<(SlotMigrationRecord Migration, bool HoldsSlots)> TakeOverAsync(SlotMigrationRecord kept, CancellationToken cancellationToken)
    {
        if (kept.IsFinished)
        {
            return (kept, false);
        }

        SlotMigrationRecord taken = await WriteAsync(kept with { Attempt = checked(kept.Attempt + 1) }, kept.State, cancellationToken).ConfigureAwait(false);
        return await TakeOverShardsAsync(taken, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(SlotMigrationRecord Migration, bool HoldsSlots)> TakeOverShardsAsync(SlotMigrationRecord migration, CancellationToken cancellationToken)
    {
        SlotTakeover found = await _mover.TakeOverAsync(migration, cancellationToken).ConfigureAwait(false);
        return (found.State == migration.State ? migration : await WriteAsync(migration, found.State, cancellationToken).ConfigureAwait(false), found.HoldsSlots);
    }

    private async Task<SlotMigrationRecord> FinishAsync((SlotMigrationRecord Migration, bool HoldsSlots) taken, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken)
    {
        (SlotMigrationRecord migration, int pause, int moved) = (taken.Migration, 1, 0);
        while (!migration.IsFinished)
        {
            SlotMigrationState next = await StepAsync(migration, taken.HoldsSlots, progress, cancellationToken).ConfigureAwait(false);
            bool waits = next == migration.State || (migration.State == SlotMigrationState.Frozen && next is SlotMigrationState.CatchingUp or SlotMigrationState.HandingOver);
            migration = await WriteAsync(migration, next, cancellationToken).ConfigureAwait(false);
            if (next == SlotMigrationState.HandingOver)
            {
                int before = moved;
                moved = await PublishPartAsync(migration, cancellationToken).ConfigureAwait(false);
                waits &= moved == before;
            }

            if (waits)
            {
                await Task.Delay(_freezePause * pause, _timeProvider, cancellationToken).ConfigureAwait(false);
                pause = Math.Min(pause * 2, LongestPause);
            }
        }

        return migration;
    }

    // At once, so that readers by the map do not stay with the source for as long as the other slots take.
    private async Task<int> PublishPartAsync(SlotMigrationRecord migration, CancellationToken cancellationToken)
    {
        ImmutableArray<int> moved = await _mover.GetMovedAsync(migration, cancellationToken).ConfigureAwait(false);
        if (!moved.IsEmpty)
        {
            await ChangeMapAsync(map => Published(map, migration, moved), cancellationToken).ConfigureAwait(false);
        }

        return moved.Length;
    }

    private async Task<SlotMigrationState> StepAsync(SlotMigrationRecord migration, bool holdsSlots, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken)
    {
        switch (migration.State)
        {
            case SlotMigrationState.Preparing:
                SlotMigrationState next = await _mover.AdvanceAsync(migration, progress, cancellationToken).ConfigureAwait(false);
                if (next != SlotMigrationState.Preparing)
                {
                    // The source has said by now that no other migration moves the slots: that one's mark would be lost with this one's.
                    await ChangeMapAsync(map => Marked(map, migration, SlotState.Moving), cancellationToken).ConfigureAwait(false);
                }

                return next;
            case SlotMigrationState.Moved:
                await ChangeMapAsync(map => Published(map, migration, migration.Move.Slots), cancellationToken).ConfigureAwait(false);
                return SlotMigrationState.Published;
            case SlotMigrationState.Published:
                // From now, by this process's own clock: another's may be ahead. A router that has just read the old map has to be waited for.
                await Task.Delay(_retireAfter, _timeProvider, cancellationToken).ConfigureAwait(false);
                break;
            case SlotMigrationState.Cancelling when holdsSlots:
                await ChangeMapAsync(map => Marked(map, migration, SlotState.Stable), cancellationToken).ConfigureAwait(false);
                break;
        }

        return await _mover.AdvanceAsync(migration, progress, cancellationToken).ConfigureAwait(false);
    }

    // Rebased on whatever others have made of the map meanwhile, until it is in: after the source has given the slots away nothing may stop it.
    private async Task ChangeMapAsync(Func<ShardMap, ShardMap> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            ShardMap map = await MapAsync(cancellationToken).ConfigureAwait(false);
            ShardMap changed = change(map);
            if (ReferenceEquals(changed, map) || await _maps.TryReplaceAsync(changed, map.Version, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private static ShardMap Marked(ShardMap map, SlotMigrationRecord migration, SlotState state) =>
        migration.Move.Slots.All(slot => map.GetState(slot) == state) ? map : map.SetState(migration.Move.Slots.AsSpan(), state);

    private static ShardMap Published(ShardMap map, SlotMigrationRecord migration, ImmutableArray<int> slots)
    {
        (string to, long epoch) = (migration.Move.To, migration.Epoch);
        if (slots.All(slot => map.GetEpoch(slot) >= epoch))
        {
            return map; // a coordinator that was killed had done so
        }

        ShardMap known = map.ShardIds.Contains(to) ? map : map.AddShard(to); // taken out while it held nothing yet
        return known.Move(slots.AsSpan(), to, epoch);
    }

    private async ValueTask<ShardMap> MapAsync(CancellationToken cancellationToken) =>
        await _maps.ReadAsync(cancellationToken: cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException("The store has no map.");

    private static void CheckFits(SlotMove move, ShardMap map)
    {
        if (move.Slots.IsDefaultOrEmpty || move.From == move.To || !map.ShardIds.Contains(move.From) || !map.ShardIds.Contains(move.To))
        {
            throw new ArgumentException("move must have a slot at least, and go from one shard of the map to another.", nameof(move));
        }

        for (int i = 0; i < move.Slots.Length; i++)
        {
            int slot = move.Slots[i];
            if (slot >= map.SlotCount || slot <= (i == 0 ? -1 : move.Slots[i - 1]) || map.GetShardId(slot) != move.From)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"move must have slots of '{move.From}', each once and ascending; slot {slot} is none such."), nameof(move));
            }

            if (map.GetState(slot) == SlotState.Moving)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Slot {slot} is moving already: resume or cancel that migration first."));
            }
        }
    }

    private async Task<SlotMigrationRecord> WriteAsync(SlotMigrationRecord migration, SlotMigrationState state, CancellationToken cancellationToken)
    {
        SlotMigrationRecord next = migration with { State = state, Revision = migration.Revision + 1 };
        return await _store.TryWriteAsync(next, cancellationToken).ConfigureAwait(false) ? next : throw new SlotMigrationTakenOverException(migration.Id, migration.Attempt);
    }
}
