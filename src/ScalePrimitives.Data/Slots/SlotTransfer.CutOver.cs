using System.Data.Common;
using System.Net.Sockets;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// The moment in which slots change hands, and what is cleared away after it, or instead of it.
internal sealed partial class SlotTransfer
{
    public async ValueTask<SlotMigrationState> CutOverAsync(UnverifiedKeys unverified)
    {
        TableShape[] shapes = await ShapesAsync(_source).ConfigureAwait(false);
        await CatchUpAsync(shapes, unverified).ConfigureAwait(false);
        long frozen = options.TimeProvider.GetTimestamp();
        bool IsOver() => options.TimeProvider.GetElapsedTime(frozen) >= options.FreezeLimit;
        try
        {
            await FreezeAsync().ConfigureAwait(false);
        }
        catch (DbException exception) when (exception.IsTransient)
        {
            return SlotMigrationState.CatchingUp; // a writer holds a slot for too long
        }

        bool moved = false;
        try
        {
            while (!IsOver() && await ConsumeAsync(shapes, unverified, IsOver).ConfigureAwait(false) > 0)
            {
            }

            if (IsOver())
            {
                return SlotMigrationState.CatchingUp;
            }

            await VerifyRestAsync(shapes, unverified).ConfigureAwait(false);
            await ChangeAsync(_target, async within => await SetStateAsync(within, FenceState.Ready, FenceState.Importing).ConfigureAwait(false)).ConfigureAwait(false);
            moved = await TryGiveAwayAsync().ConfigureAwait(false);
            return moved ? SlotMigrationState.Moved : SlotMigrationState.CatchingUp;
        }
        finally
        {
            if (!moved)
            {
                await TryThawAsync().ConfigureAwait(false);
            }
        }
    }

    public async ValueTask<SlotMigrationState> RetireAsync()
    {
        // The map says so by now: whoever has an older epoch means this shard all the same.
        await ChangeAsync(_target, async within =>
            await within.ExecuteAsync($"UPDATE {fences} SET state = {(int)FenceState.Owned}, peer = NULL, move_id = NULL WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Ready}", _move).ConfigureAwait(false)).ConfigureAwait(false);
        TableShape[] shapes = await ShapesAsync(_source).ConfigureAwait(false);
        if (await AreAllAsync(_source, FenceState.Moved).ConfigureAwait(false))
        {
            foreach (TableShape shape in shapes)
            {
                await DeleteRowsAsync(_source, shape, FenceState.Moved).ConfigureAwait(false);
            }

            await ChangeAsync(_source, async within =>
            {
                await ClearLogsAsync(within, shapes).ConfigureAwait(false);
                await within.ExecuteAsync($"UPDATE {fences} SET state = {(int)FenceState.Retired}, move_id = NULL WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Moved}", _move).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }

        await ForgetAsync().ConfigureAwait(false);
        return SlotMigrationState.Retired;
    }

    public async ValueTask<SlotMigrationState> CancelAsync()
    {
        string claimed = $"SELECT COUNT(*) FROM {fences} WHERE slot IN ({_slots}) AND move_id = @move";
        if (await _source.QueryAsync(claimed, _move).ConfigureAwait(false) is 0L && await _target.QueryAsync(claimed, _move).ConfigureAwait(false) is 0L)
        {
            await ForgetAsync().ConfigureAwait(false); // refused before it had changed anything, or cancelled but for this
            return SlotMigrationState.Cancelled;
        }

        TableShape[] shapes = await ShapesAsync(_source).ConfigureAwait(false);

        // From here on the slots cannot be given away any more.
        await ChangeAsync(_source, async within =>
        {
            await SetStateAsync(within, FenceState.Owned, FenceState.Owned, FenceState.Copying, FenceState.Frozen).ConfigureAwait(false);
            await within.ExecuteAsync($"UPDATE {fences} SET move_id = NULL WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Owned}", _move).ConfigureAwait(false);
            await ClearLogsAsync(within, shapes).ConfigureAwait(false);
        }).ConfigureAwait(false);
        if (await AreAllAsync(_target, FenceState.Importing).ConfigureAwait(false) || await AreAllAsync(_target, FenceState.Ready).ConfigureAwait(false))
        {
            foreach (TableShape shape in shapes)
            {
                await DeleteRowsAsync(_target, shape, FenceState.Importing, FenceState.Ready).ConfigureAwait(false);
            }

            await ChangeAsync(_target, async within =>
                await within.ExecuteAsync($"UPDATE {fences} SET state = {(int)FenceState.Retired}, epoch = epoch - 1, move_id = NULL WHERE slot IN ({_slots}) AND move_id = @move", _move).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await ForgetAsync().ConfigureAwait(false);
        return SlotMigrationState.Cancelled;
    }

    // To have the fences alone is to have let every writer out.
    private async ValueTask FreezeAsync() => await ChangeAsync(_source, async within =>
    {
        await engine.LockAsync(within, fences, migration.Move.Slots).ConfigureAwait(false);
        await within.ExecuteAsync(
            $"UPDATE {fences} SET state = {(int)FenceState.Frozen}, until_us = {engine.Now} + @limit WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Copying}",
            _move,
            ("@limit", (long)options.FreezeLimit.TotalMicroseconds)).ConfigureAwait(false);
    }).ConfigureAwait(false);

    // The one change that decides. A writer that found the freeze over has changed the same rows, and then there is nothing to give away.
    private ValueTask<bool> TryGiveAwayAsync() => TryChangeAsync(_source, async within =>
    {
        await within.ExecuteAsync(
            $"UPDATE {fences} SET state = {(int)FenceState.Moved}, epoch = @epoch, peer = @peer WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Frozen}",
            _move,
            ("@epoch", migration.Epoch),
            ("@peer", migration.Move.To)).ConfigureAwait(false);
        return await AreAllAsync(within, FenceState.Moved).ConfigureAwait(false);
    });

    // At once, not at the deadline. When it fails the deadline comes.
    private async ValueTask TryThawAsync()
    {
        try
        {
            await ChangeAsync(new SqlSession(_source.Connection, CancellationToken.None), async within => await SetStateAsync(within, FenceState.Copying, FenceState.Frozen).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException or IOException or SocketException or SlotMigrationTakenOverException)
        {
            // What ended the step is what the caller is to see. MySqlConnector lets failures of the socket out as they are.
        }
    }

    private async ValueTask VerifyRestAsync(TableShape[] shapes, UnverifiedKeys unverified)
    {
        foreach (TableShape shape in shapes)
        {
            foreach (object?[][] keys in unverified[shape].Chunk(KeysAtOnce))
            {
                (string condition, (string Name, object? Value)[] parameters) = engine.ByKeys(shape, keys);
                if (await engine.SumAsync(_source, shape, condition, parameters).ConfigureAwait(false) != await engine.SumAsync(_target, shape, condition, parameters).ConfigureAwait(false))
                {
                    throw Differs(shape, UnverifiedKeys.Text(keys[0]) + " …");
                }
            }
        }
    }

    private async ValueTask ClearLogsAsync(SqlSession within, TableShape[] shapes)
    {
        foreach (TableShape shape in shapes)
        {
            await within.ExecuteAsync($"DELETE FROM {engine.Quote(shape.Log)} WHERE {InSlots(shape)}").ConfigureAwait(false);
        }
    }

    private async ValueTask ForgetAsync()
    {
        await ChangeAsync(_target, async within => await within.ExecuteAsync($"DELETE FROM {fences}_moves WHERE move_id = @move", _move).ConfigureAwait(false)).ConfigureAwait(false);
        await ChangeAsync(_source, async within => await within.ExecuteAsync($"DELETE FROM {fences}_moves WHERE move_id = @move", _move).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
