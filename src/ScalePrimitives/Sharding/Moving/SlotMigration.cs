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
/// The map only tells what has happened. Thread-safe; any number of migrations of different slots side by side. A store that does not
/// answer within 30 seconds, or a mover that is not heard of for an hour, is left behind with a <see cref="TimeoutException"/>: the migration can be resumed.
/// </remarks>
public sealed partial class SlotMigration
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
            await CheckFitsAsync(move ?? throw new ArgumentException("moves must not have a null.", nameof(moves)), map, cancellationToken).ConfigureAwait(false);
        }

        return await MoverAsync(token => _mover.CheckAsync(moves, token), cancellationToken).ConfigureAwait(false);
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
        await CheckFitsAsync(move, map, cancellationToken).ConfigureAwait(false);
        (await MoverAsync(token => _mover.CheckAsync([move], token), cancellationToken).ConfigureAwait(false)).ThrowUnlessClean();
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
    /// <remarks>The source comes first. When the target cannot be reached, what the mover throws says so and passes to the caller, but the slots are free and may move elsewhere; the migration is
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
        SlotMigrationRecord cancelling = taken with { State = SlotMigrationState.Cancelling };
        SlotTakeover found = await MoverAsync(token => _mover.TakeOverAsync(cancelling, token), cancellationToken).ConfigureAwait(false);
        bool hasMarked = kept.State is > SlotMigrationState.Preparing and < SlotMigrationState.HandingOver;
        if (found is { State: SlotMigrationState.Cancelling, HoldsSlots: false } && hasMarked)
        {
            // It had claimed the slots and marked them, so that nobody else has begun to move them; the source came out of a backup, and
            // knows no more of it. Before the record forgets that state.
            await ChangeMapAsync(map => Marked(map, taken, SlotState.Stable), cancellationToken).ConfigureAwait(false);
        }

        taken = found.State == taken.State ? taken : await WriteAsync(taken, found.State, cancellationToken).ConfigureAwait(false);
        ThrowIfMoved(taken); // the source may have given them away and its coordinator ended before it wrote so
        return await FinishAsync((taken, found.HoldsSlots), progress, cancellationToken).ConfigureAwait(false);
    }

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
        SlotTakeover found = await MoverAsync(token => _mover.TakeOverAsync(migration, token), cancellationToken).ConfigureAwait(false);
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
        ImmutableArray<int> moved = await MoverAsync(token => _mover.GetMovedAsync(migration, token), cancellationToken).ConfigureAwait(false);
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
                SlotMigrationState next = await AdvanceAsync(migration, progress, cancellationToken).ConfigureAwait(false);
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

        return await AdvanceAsync(migration, progress, cancellationToken).ConfigureAwait(false);
    }

    // Rebased on whatever others have made of the map meanwhile, until it is in: after the source has given the slots away nothing may stop it.
    private async Task ChangeMapAsync(Func<ShardMap, ShardMap> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            ShardMap map = await MapAsync(cancellationToken).ConfigureAwait(false);
            ShardMap changed = change(map);
            if (ReferenceEquals(changed, map)
                || await StoreAsync(token => _maps.TryReplaceAsync(changed, map.Version, token), cancellationToken).ConfigureAwait(false))
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

    private static void CheckFits(SlotMove move, ShardMap map)
    {
        if (move.Slots.IsDefaultOrEmpty || move.From == move.To)
        {
            throw new ArgumentException("move must have a slot at least, and go from one shard to another.", nameof(move));
        }

        if (((string[])[move.From, move.To]).FirstOrDefault(shard => !map.ShardIds.Contains(shard)) is { } unknown)
        {
            throw new ArgumentException($"move must go from one shard of the map to another, and the map '{map.Id}' has no shard '{unknown}'.", nameof(move));
        }

        for (int i = 0; i < move.Slots.Length; i++)
        {
            int slot = move.Slots[i];
            string? wrong = slot < 0 || slot >= map.SlotCount ? $"the map has the slots 0 to {map.SlotCount - 1}"
                : i > 0 && slot <= move.Slots[i - 1] ? (slot == move.Slots[i - 1] ? "it is there twice" : $"it comes after slot {move.Slots[i - 1]}")
                : map.GetShardId(slot) != move.From ? $"it is on '{map.GetShardId(slot)}'"
                : null;
            if (wrong is not null)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"move must have slots of '{move.From}', each once and ascending, and not slot {slot}: {wrong}."), nameof(move));
            }
        }
    }
}
