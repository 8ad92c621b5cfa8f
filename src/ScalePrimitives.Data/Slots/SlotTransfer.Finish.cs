using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// What is cleared away after slots have changed hands, or instead of it.
internal sealed partial class SlotTransfer
{
    private const int NotesAtOnce = 1_000;

    public async ValueTask<SlotMigrationState> RetireAsync()
    {
        // The map says so by now: whoever has an older epoch means this shard all the same. The target comes first: the slots are its own though the source is lost.
        await OpenTargetAsync().ConfigureAwait(false);
        bool owned = await TryChangeFencesInGroupsAsync(Target, async (within, slots) => await within.ExecuteAsync(
            $"{engine.Update(fences)} SET state = {(int)FenceState.Owned}, epoch = @epoch, peer = NULL, move_id = NULL WHERE slot IN ({slots}) AND move_id = @move AND state = {(int)FenceState.Ready}",
            _move,
            ("@epoch", migration.Epoch)).ConfigureAwait(false)).ConfigureAwait(false);
        if (!owned)
        {
            return SlotMigrationState.Published; // transactions hold slots for long
        }

        await CheckArrivedAsync().ConfigureAwait(false);
        await OpenSourceAsync().ConfigureAwait(false);
        await RaiseAttemptAsync(Source, thaw: false).ConfigureAwait(false);
        if ((await HeldAsync(Source).ConfigureAwait(false)).GetValueOrDefault(FenceState.Moved) == SlotCount)
        {
            TableShape[] shapes = await ShapesAsync(Source).ConfigureAwait(false); // which a database that was made anew need not have
            foreach (TableShape shape in shapes)
            {
                await DeleteRowsAsync(Source, shape, FenceState.Moved).ConfigureAwait(false);
            }

            await ClearNotesAsync(shapes, migration.Move.Slots).ConfigureAwait(false);
            await ChangeAsync(Source, async within =>
                await within.ExecuteAsync($"{engine.Update(fences)} SET state = {(int)FenceState.Retired}, move_id = NULL WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Moved}", _move).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await CheckRefusesAsync().ConfigureAwait(false);
        await ForgetAsync(Target).ConfigureAwait(false);
        await ForgetAsync(Source).ConfigureAwait(false);
        return SlotMigrationState.Retired;
    }

    // A target that came out of a backup has not the rows, and the source's are the last. A fence of a later epoch has had them, and gave them away since.
    private async ValueTask CheckArrivedAsync()
    {
        object? arrived = await Target.ReadAsync(session => session.QueryAsync(
            $"SELECT COUNT(*) FROM {fences} WHERE slot IN ({_slots}) AND epoch >= @epoch AND state NOT IN ({Numbers(FenceState.Importing, FenceState.Ready)})", ("@epoch", migration.Epoch))).ConfigureAwait(false);
        if (Convert.ToInt32(arrived, CultureInfo.InvariantCulture) != SlotCount)
        {
            throw new InvalidOperationException(
                $"'{migration.Move.To}' does not know that it has the slots of migration {migration.Id}: it came out of a backup. Nothing is deleted on '{migration.Move.From}'. Copy the rows back from there, let '{migration.Move.To}' acquire the slots ({nameof(SqlSlotFence)}.{nameof(SqlSlotFence.RepairAsync)}), and resume.");
        }
    }

    // A source that came out of a backup accepts what it has given away.
    private async ValueTask CheckRefusesAsync()
    {
        object? accepted = await Source.ReadAsync(session => session.QueryAsync(
            $"SELECT COUNT(*) FROM {fences} WHERE slot IN ({_slots}) AND epoch < @epoch AND state IN ({Numbers(FenceState.Owned, FenceState.Copying, FenceState.Frozen)})",
            ("@epoch", migration.Epoch))).ConfigureAwait(false);
        if (Convert.ToInt32(accepted, CultureInfo.InvariantCulture) > 0)
        {
            throw new InvalidOperationException(
                $"'{migration.Move.From}' accepts slots that it gave away by migration {migration.Id}: it came out of a backup. Set its fences by the map "
                + $"({nameof(SqlSlotFence)}.{nameof(SqlSlotFence.RepairAsync)}), and resume.");
        }
    }

    // The source first, alone: after it the slots are free, whatever has become of the target. Only what this migration has claimed: another may move the same slots.
    public async ValueTask<SlotMigrationState> CancelAsync()
    {
        if ((await HeldAsync(Source).ConfigureAwait(false)).Count > 0)
        {
            // From here on the slots cannot be given away any more.
            await ChangeFencesAsync((within, slots) => SetStateAsync(within, slots, FenceState.Owned, FenceState.Copying, FenceState.Frozen)).ConfigureAwait(false);
            await ClearNotesAsync(await ShapesAsync(Source).ConfigureAwait(false), await LeftAsync().ConfigureAwait(false)).ConfigureAwait(false);
            await ChangeFencesAsync(async (within, slots) =>
                await within.ExecuteAsync($"{engine.Update(fences)} SET move_id = NULL WHERE slot IN ({slots}) AND move_id = @move AND state = {(int)FenceState.Owned}", _move).ConfigureAwait(false)).ConfigureAwait(false);
        }

        try
        {
            await OpenTargetAsync().ConfigureAwait(false);
            await ClearTargetAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (SlotMigrationTakenOverException or OperationCanceledException) && !SqlSlotMover.IsLock(exception))
        {
            throw new InvalidOperationException(
                $"The slots are free on '{migration.Move.From}', and may move elsewhere. What is left is their copy on '{migration.Move.To}', with its claim: "
                + $"{exception.Message.TrimEnd('.')}. Cancel migration {migration.Id} again once that is mended.",
                exception);
        }

        await ForgetAsync(Source).ConfigureAwait(false);
        return SlotMigrationState.Cancelled;
    }

    private async ValueTask ClearTargetAsync()
    {
        await RaiseAttemptAsync(Target, thaw: false).ConfigureAwait(false);
        if ((await HeldAsync(Target).ConfigureAwait(false)).Count > 0)
        {
            foreach (TableShape shape in await ShapesAsync(Target).ConfigureAwait(false))
            {
                await DeleteRowsAsync(Target, shape, FenceState.Importing, FenceState.Ready).ConfigureAwait(false);
            }

            await ChangeAsync(Target, async within =>
                await within.ExecuteAsync($"{engine.Update(fences)} SET state = {(int)FenceState.Retired}, move_id = NULL WHERE slot IN ({_slots}) AND move_id = @move", _move).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await ForgetAsync(Target).ConfigureAwait(false);
    }

    private async ValueTask ChangeFencesAsync(Func<SqlSession, string, ValueTask> change)
    {
        if (!await TryChangeFencesInGroupsAsync(Source, change).ConfigureAwait(false))
        {
            throw new TimeoutException($"Transactions hold slots on '{Source.ShardId}' for longer than {GroupsLimit}. Cancel migration {migration.Id} again.");
        }
    }

    // In batches, while the slots are claimed: there may be millions. Notes of other slots are another migration's.
    private async ValueTask ClearNotesAsync(TableShape[] shapes, IReadOnlyCollection<int> slots)
    {
        foreach (TableShape shape in shapes)
        {
            string log = engine.Quote(shape.Table.Log);
            string some = $"SELECT change_id FROM {log} WHERE {InSlots(engine, shape, string.Join(',', slots))} LIMIT {NotesAtOnce}";
            bool isThere = await Source.ReadAsync(session => engine.HasTableAsync(session, shape.Table.Log)).ConfigureAwait(false);
            while (isThere && await Source.ReadAsync(session => session.QueryRowsAsync(some, static row => row.GetInt64(0))).ConfigureAwait(false) is { Count: > 0 } ids)
            {
                await DeleteNotesAsync(shape, ids).ConfigureAwait(false);
                Report();
            }
        }
    }

    private ValueTask ForgetAsync(SlotSide side) => ChangeAsync(side, async within => await within.ExecuteAsync(engine.Delete($"{fences}_moves", "move_id", ["@move"]), _move).ConfigureAwait(false));
}
