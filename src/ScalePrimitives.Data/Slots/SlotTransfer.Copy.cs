using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// From the first claim to a copy that misses only what was written meanwhile.
internal sealed partial class SlotTransfer
{
    private long MaxBytes => Math.Min(options.BatchBytes, Target.MaxBatchBytes);

    public async ValueTask<SlotMigrationState> PrepareAsync()
    {
        var inspection = new SlotInspection(engine, fences, tables);
        List<SlotMoveFinding> obstacles = [.. (await inspection.CompareAsync(Source, Target).ConfigureAwait(false)).Where(static finding => finding.PreventsMove)];
        if (obstacles.Count > 0)
        {
            throw new InvalidOperationException(string.Join(" ", obstacles));
        }

        // The target first, where nobody writes: its refusal leaves the source as it is.
        await TryChangeAsync(
            Target,
            async within =>
            {
                await ClaimAsync(within, _slots, FenceState.Retired, FenceState.Importing, ", peer = @peer", [("@peer", migration.Move.From)]).ConfigureAwait(false);
                return await AreAllAsync(within, migration.Move.Slots, FenceState.Importing).ConfigureAwait(false); // all, or none
            },
            Target.CancellationToken).ConfigureAwait(false);
        await CheckClaimedAsync(Target, FenceState.Retired, FenceState.Importing).ConfigureAwait(false);
        if (!await TryChangeFencesInGroupsAsync(Source, (within, slots) => ClaimAsync(within, slots, FenceState.Owned, FenceState.Owned, "", [])).ConfigureAwait(false))
        {
            return SlotMigrationState.Preparing; // a transaction holds a slot
        }

        await CheckClaimedAsync(Source, FenceState.Owned, FenceState.Owned).ConfigureAwait(false);
        await CopyEpochsAsync().ConfigureAwait(false);

        // After the claims, by which nobody takes triggers away any more.
        foreach (SlotSide side in (SlotSide[])[Source, Target])
        {
            foreach (TableShape shape in await ShapesAsync(side).ConfigureAwait(false))
            {
                if (!await engine.InstallAsync(side, fences, shape, options.TriggerDefiner).ConfigureAwait(false))
                {
                    return SlotMigrationState.Preparing; // a transaction holds the table
                }
            }
        }

        return SlotMigrationState.Copying;
    }

    public async ValueTask<SlotMigrationState> CopyAsync()
    {
        TableShape[] shapes = await ShapesAsync(Source).ConfigureAwait(false);
        foreach (TableShape shape in shapes)
        {
            await DeleteRowsAsync(Target, shape, FenceState.Importing, FenceState.Ready).ConfigureAwait(false); // of a copy that was begun before
        }

        // No writer is within that does not note, and the first row is read afterwards: each change is either in what is read, or noted.
        if (!await TryEnterCopyingAsync().ConfigureAwait(false))
        {
            return SlotMigrationState.Copying;
        }

        if (!await Source.ReadAsync(session => AreAllAsync(session, migration.Move.Slots, FenceState.Copying)).ConfigureAwait(false))
        {
            throw NotItsOwn(Source);
        }

        _rows = 0;
        foreach (TableShape shape in shapes)
        {
            foreach (int slot in migration.Move.Slots)
            {
                object? rows = await Source.ReadAsync(session => session.QueryAsync(
                    $"SELECT COUNT(*) FROM {engine.Quote(shape.Table)} WHERE {engine.Quote(shape.Table.SlotColumn)} = {slot}")).ConfigureAwait(false);
                _totalRows += Convert.ToInt64(rows, CultureInfo.InvariantCulture);
            }

            Report();
        }

        foreach (TableShape shape in shapes)
        {
            await CopyTableAsync(shape).ConfigureAwait(false);
        }

        return SlotMigrationState.CatchingUp;
    }

    private async ValueTask ClaimAsync(SqlSession within, string slots, FenceState from, FenceState to, string set, (string Name, object? Value)[] parameters) => await within.ExecuteAsync(
        $"{engine.Update(fences)} SET move_id = @move, state = {(int)to}{set} WHERE slot IN ({slots}) AND move_id IS NULL AND state = {(int)from} AND epoch < @epoch", [_move, ("@epoch", migration.Epoch), .. parameters]).ConfigureAwait(false);

    private async ValueTask CheckClaimedAsync(SlotSide side, FenceState from, FenceState to)
    {
        if (await side.ReadAsync(session => AreAllAsync(session, migration.Move.Slots, to)).ConfigureAwait(false))
        {
            return;
        }

        string other = await side.ReadAsync(session => session.QueryRowAsync($"SELECT slot, state, move_id, epoch FROM {fences} WHERE slot IN ({_slots}) AND (move_id IS NULL OR move_id <> @move) ORDER BY slot LIMIT 1", static row =>
            string.Create(CultureInfo.InvariantCulture, $"slot {row.GetInt32(0)} is {(FenceState)row.GetInt32(1)} of epoch {row.GetInt64(3)}{(row.IsDBNull(2) ? "" : $" by migration {row.GetString(2)}")}"), _move)).ConfigureAwait(false) ?? "a slot has no fence";
        throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"The slots cannot move from '{migration.Move.From}' to '{migration.Move.To}': on '{side.ShardId}' {other}, and is to be {from} of an epoch below {migration.Epoch}. Cancel this migration, and plan anew."));
    }

    // The target sends who comes too early to the source, under the epoch by which the source has the slot. Nobody changes that while the slots are claimed.
    private async ValueTask CopyEpochsAsync()
    {
        List<(int Slot, long Epoch)> epochs = await Source.ReadAsync(session => session.QueryRowsAsync($"SELECT slot, epoch FROM {fences} WHERE slot IN ({_slots})", static row => (row.GetInt32(0), row.GetInt64(1)))).ConfigureAwait(false);
        await ChangeAsync(Target, async within =>
        {
            foreach (var same in epochs.GroupBy(each => each.Epoch))
            {
                await within.ExecuteAsync($"{engine.Update(fences)} SET epoch = @epoch WHERE slot IN ({string.Join(',', same.Select(each => each.Slot))}) AND move_id = @move", _move, ("@epoch", same.Key)).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    // Nothing is refused meanwhile.
    private async ValueTask<bool> TryEnterCopyingAsync()
    {
        long began = options.TimeProvider.GetTimestamp();
        return await TryChangeFencesInGroupsAsync(Source, (within, slots) => SetStateAsync(within, slots, FenceState.Copying, FenceState.Owned)).ConfigureAwait(false)
            && await TryDrainAsync(migration.Move.Slots, () => options.TimeProvider.GetElapsedTime(began) >= GroupsLimit).ConfigureAwait(false);
    }

    private async ValueTask CopyTableAsync(TableShape shape)
    {
        int most = engine.RowsAtOnce(shape, options.BatchRows);
        var sizer = new BatchSizer(most, MaxBytes);
        var batch = new List<object?[]>();
        long bytes = 0;
        foreach (int slot in migration.Move.Slots)
        {
            object?[]? last = null;
            do
            {
                int wanted = Math.Min(sizer.Rows, most - batch.Count);
                (List<object?[]> read, long readBytes, bool isCut) = await ReadAfterAsync(shape, slot, last, wanted, MaxBytes - bytes).ConfigureAwait(false);
                batch.AddRange(read);
                bytes += readBytes;
                sizer.Add(read.Count, readBytes);
                last = (read.Count == wanted || isCut) && shape.KeyLength > 1 ? read[^1] : null;
                if (batch.Count == most || bytes >= MaxBytes)
                {
                    await AddBatchAsync(shape, batch, bytes).ConfigureAwait(false);
                    bytes = 0;
                }
            }
            while (last is not null);
        }

        await AddBatchAsync(shape, batch, bytes).ConfigureAwait(false);
    }

    // A row that is there by its key was copied before this attempt; one that collides with another by a further unique key was written since, and is noted.
    private async ValueTask AddBatchAsync(TableShape shape, List<object?[]> batch, long bytes)
    {
        if (batch.Count == 0)
        {
            return;
        }

        await ChangeAsync(Target, within => AddAsync(within, shape, batch)).ConfigureAwait(false);
        _bytes += bytes;
        int rows = batch.Count;
        batch.Clear();
        await CountAsync(rows, Source.CancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AddAsync(SqlSession within, TableShape shape, List<object?[]> rows)
    {
        if (rows.Count == 1 && BatchSizer.SizeOf(rows[0]) is var size && size > Target.MaxRowBytes)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"The row of {shape.Table.Name} with the key ({UnverifiedKeys.Text(rows[0][..shape.KeyLength]).Replace('\u001F', ',')}) has {size} bytes, and '{Target.ShardId}' takes no more than {Target.MaxRowBytes} in one packet: raise max_allowed_packet there."));
        }

        await engine.AddAsync(within, shape, rows).ConfigureAwait(false);
    }

    private async ValueTask<(List<object?[]> Rows, long Bytes, bool IsCut)> ReadAfterAsync(TableShape shape, int slot, object?[]? last, int limit, long maxBytes)
    {
        (string condition, (string Name, object? Value)[] parameters) = Chunk(shape, slot, last, null);
        return await Source.ReadAsync(session => engine.ReadAsync(session, shape, shape.Columns, maxBytes, $"{condition}{Ordered(shape)} LIMIT {limit}", parameters)).ConfigureAwait(false);
    }

    // By the column, not by the text that it is read as.
    private string Ordered(TableShape shape) => shape.KeyLength > 1 ? $" ORDER BY {engine.List(shape.Key[1..], engine.Quote(shape.Table) + ".")}" : "";

    // The rows of a slot after one key and up to another.
    private (string Condition, (string Name, object? Value)[] Parameters) Chunk(TableShape shape, int slot, object?[]? after, object?[]? upTo)
    {
        string condition = $"{engine.Quote(shape.Table.SlotColumn)} = {slot}";
        List<(string, object?)> parameters = [];
        if (after is not null)
        {
            Add(engine.Compare(shape, ">", after, "a"));
        }

        if (upTo is not null)
        {
            Add(engine.Compare(shape, "<=", upTo, "b"));
        }

        return (condition, [.. parameters]);

        void Add((string Condition, (string Name, object? Value)[] Parameters) part)
        {
            condition += $" AND {part.Condition}";
            parameters.AddRange(part.Parameters);
        }
    }

    private static string InSlots(SlotEngine engine, TableShape shape, string slots) => $"{engine.Quote(shape.Table.SlotColumn)} IN ({slots})";

    // In batches, each only while the fences are this migration's own and in a state that lets its rows go.
    private async ValueTask DeleteRowsAsync(SlotSide side, TableShape shape, params FenceState[] states)
    {
        int size = engine.RowsAtOnce(shape, options.BatchRows);
        string? before = null;
        while (await side.ReadAsync(session => engine.ReadAsync(session, shape, shape.Key, $"{InSlots(engine, shape, _slots)} LIMIT {size}")).ConfigureAwait(false) is { Count: > 0 } keys)
        {
            string first = UnverifiedKeys.Text(keys[0]);
            if (first == before)
            {
                throw new InvalidOperationException($"On '{side.ShardId}' rows of {shape.Table.Name} stay though they are deleted: find out what trigger or rule keeps them, and resume migration {migration.Id}.");
            }

            before = first;
            await ChangeAsync(side, async within =>
            {
                if (!await AreAllAsync(within, migration.Move.Slots, states).ConfigureAwait(false))
                {
                    throw new InvalidOperationException($"The rows of {shape.Table.Name} are not those of migration {migration.Id} to delete: the fences are not {string.Join(" or ", states)}.");
                }

                await engine.DeleteRowsAsync(within, shape, keys).ConfigureAwait(false);
            }).ConfigureAwait(false);
            await CountAsync(keys.Count, side.CancellationToken).ConfigureAwait(false);
        }
    }
}
