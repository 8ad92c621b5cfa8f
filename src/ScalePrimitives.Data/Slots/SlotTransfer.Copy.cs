using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// From the first check to a copy that misses only what was written meanwhile.
internal sealed partial class SlotTransfer
{
    public async ValueTask<SlotMigrationState> PrepareAsync()
    {
        TableShape[] shapes = await ShapesAsync(_source).ConfigureAwait(false);
        TableShape[] others = await ShapesAsync(_target).ConfigureAwait(false);
        for (int i = 0; i < shapes.Length; i++)
        {
            if (!shapes[i].IsLike(others[i]))
            {
                throw CannotMove(tables[i], "its columns differ on the two shards");
            }

            string? reason = await engine.FindObstacleAsync(_source, shapes[i], tables).ConfigureAwait(false) ?? await engine.FindObstacleAsync(_target, shapes[i], tables).ConfigureAwait(false);
            if (reason is not null)
            {
                throw CannotMove(tables[i], reason);
            }
        }

        foreach (TableShape shape in shapes)
        {
            await engine.InstallAsync(_source, fences, shape).ConfigureAwait(false);
            await engine.InstallAsync(_target, fences, shape).ConfigureAwait(false);
        }

        // The target first: its refusal leaves the source as it is.
        await ClaimAsync(_target, migration.Move.To, FenceState.Retired, FenceState.Importing, ", epoch = @epoch, peer = @peer", [("@epoch", migration.Epoch), ("@peer", migration.Move.From)]).ConfigureAwait(false);
        await ClaimAsync(_source, migration.Move.From, FenceState.Owned, FenceState.Owned, "", []).ConfigureAwait(false);
        return SlotMigrationState.Copying;
    }

    public async ValueTask<SlotMigrationState> CopyAsync()
    {
        TableShape[] shapes = await ShapesAsync(_source).ConfigureAwait(false);
        foreach (TableShape shape in shapes)
        {
            await DeleteRowsAsync(_target, shape, FenceState.Importing, FenceState.Ready).ConfigureAwait(false); // of a copy that was begun before
        }

        // No writer is within when the noting begins, and the first row is read afterwards: each change is either in what is read, or noted.
        await ChangeAsync(_source, async within =>
        {
            await engine.LockAsync(within, fences, migration.Move.Slots).ConfigureAwait(false);
            await SetStateAsync(within, FenceState.Copying, FenceState.Owned).ConfigureAwait(false);
        }).ConfigureAwait(false);
        _rows = 0;
        foreach (TableShape shape in shapes)
        {
            _totalRows += Convert.ToInt64(await _source.QueryAsync($"SELECT COUNT(*) FROM {engine.Quote(shape.Table.Name)} WHERE {InSlots(shape)}").ConfigureAwait(false), CultureInfo.InvariantCulture);
        }

        foreach (TableShape shape in shapes)
        {
            await CopyTableAsync(shape).ConfigureAwait(false);
        }

        return SlotMigrationState.CatchingUp;
    }

    private async ValueTask ClaimAsync(SqlSession side, string shardId, FenceState from, FenceState to, string set, (string Name, object? Value)[] parameters)
    {
        await ChangeAsync(side, async within =>
        {
            await within.ExecuteAsync($"UPDATE {fences} SET move_id = @move, state = {(int)to}{set} WHERE slot IN ({_slots}) AND move_id IS NULL AND state = {(int)from}", [_move, .. parameters]).ConfigureAwait(false);
            if (await AreAllAsync(within, to).ConfigureAwait(false))
            {
                return;
            }

            string other = await within.QueryRowAsync($"SELECT slot, state, move_id FROM {fences} WHERE slot IN ({_slots}) AND (move_id IS NULL OR move_id <> @move) ORDER BY slot LIMIT 1", static row =>
                string.Create(CultureInfo.InvariantCulture, $"slot {row.GetInt32(0)} is {(FenceState)row.GetInt32(1)}{(row.IsDBNull(2) ? "" : $" by migration {row.GetString(2)}")}"), _move).ConfigureAwait(false) ?? "a slot has no fence";
            throw new InvalidOperationException($"The slots cannot move from '{migration.Move.From}' to '{migration.Move.To}': on '{shardId}' {other}, and is to be {from}.");
        }).ConfigureAwait(false);
    }

    private async ValueTask CopyTableAsync(TableShape shape)
    {
        int size = engine.RowsAtOnce(shape, options.BatchRows);
        var batch = new List<object?[]>();
        foreach (int slot in migration.Move.Slots)
        {
            object?[]? last = null;
            List<object?[]> read;
            do
            {
                int wanted = size - batch.Count;
                read = await ReadAfterAsync(_source, shape, shape.Columns, slot, last, wanted).ConfigureAwait(false);
                batch.AddRange(read);
                last = read.Count == wanted && shape.KeyLength > 1 ? read[^1] : null;
                if (batch.Count == size)
                {
                    await AddBatchAsync(shape, batch).ConfigureAwait(false);
                }
            }
            while (last is not null);
        }

        await AddBatchAsync(shape, batch).ConfigureAwait(false);
    }

    // A row that is there by its key was copied before this attempt; one that collides with another by a further unique key was written since, and is noted.
    private async ValueTask AddBatchAsync(TableShape shape, List<object?[]> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        await ChangeAsync(_target, async within => await engine.AddAsync(within, shape, batch).ConfigureAwait(false)).ConfigureAwait(false);
        _bytes += batch.Sum(static row => row.Sum(static value => value switch { null => 0L, string text => text.Length, byte[] bytes => bytes.Length, _ => 8L }));
        int rows = batch.Count;
        batch.Clear();
        await CountAsync(rows, _source.CancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<List<object?[]>> ReadAfterAsync(SqlSession side, TableShape shape, TableColumn[] columns, int slot, object?[]? last, int limit, int offset = 0)
    {
        (string condition, (string Name, object? Value)[] parameters) = Chunk(shape, slot, last, null);
        string order = shape.KeyLength > 1 ? $" ORDER BY {engine.List(shape.Key[1..], engine.Quote(shape.Table.Name) + ".")}" : ""; // by the column, not by the text that it is read as
        return await engine.ReadAsync(side, shape, columns, $"{condition}{order} LIMIT {limit} OFFSET {offset}", parameters).ConfigureAwait(false);
    }

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

    private string InSlots(TableShape shape) => $"{engine.Quote(shape.Table.SlotColumn)} IN ({_slots})";

    // In batches, each only while the fences are this migration's own and in the state that lets its rows go.
    private async ValueTask DeleteRowsAsync(SqlSession side, TableShape shape, params FenceState[] states)
    {
        int size = engine.RowsAtOnce(shape, options.BatchRows);
        while (await engine.ReadAsync(side, shape, shape.Key, $"{InSlots(shape)} LIMIT {size}").ConfigureAwait(false) is { Count: > 0 } keys)
        {
            await ChangeAsync(side, async within =>
            {
                bool may = false;
                foreach (FenceState state in states)
                {
                    may |= await AreAllAsync(within, state).ConfigureAwait(false);
                }

                if (!may)
                {
                    throw new InvalidOperationException($"The rows of {shape.Table.Name} are not those of migration {migration.Id} to delete: the fences are not {string.Join(" or ", states)}.");
                }

                (string condition, (string Name, object? Value)[] parameters) = engine.ByKeys(shape, keys);
                await within.ExecuteAsync($"DELETE FROM {engine.Quote(shape.Table.Name)} WHERE {condition}", parameters).ConfigureAwait(false);
            }).ConfigureAwait(false);
            await CountAsync(keys.Count, side.CancellationToken).ConfigureAwait(false);
        }
    }
}
