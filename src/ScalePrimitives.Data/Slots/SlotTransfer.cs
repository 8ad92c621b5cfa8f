using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>The work of one state of one migration, over a connection to each shard.</summary>
internal sealed partial class SlotTransfer(
    SlotEngine engine, string fences, SlotTable[] tables, SqlSlotMoverOptions options, SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, SlotSide source, SlotSide target) : IAsyncDisposable
{
    private readonly SqlSession _source = source.Session;
    private readonly SqlSession _target = target.Session;
    private readonly (string, object?) _move = ("@move", migration.Id.ToString());
    private readonly string _slots = string.Join(',', migration.Move.Slots);
    private readonly long _started = options.TimeProvider.GetTimestamp();
    private long _rows;
    private long _totalRows;
    private long _bytes;
    private long _dirtyKeys;

    private int SlotCount => migration.Move.Slots.Length;

    public async ValueTask DisposeAsync()
    {
        await using (source.ConfigureAwait(false))
        await using (target.ConfigureAwait(false))
        {
        }
    }

    // Both shards first, before anything else is looked at: what an older attempt had begun either is committed by now, or never will be.
    public async ValueTask<SlotMigrationState> TakeOverAsync()
    {
        await RaiseAttemptAsync(_source, thaw: true).ConfigureAwait(false);
        await RaiseAttemptAsync(_target, thaw: false).ConfigureAwait(false);
        if (migration.State is SlotMigrationState.Published or SlotMigrationState.Cancelling or SlotMigrationState.Preparing)
        {
            return migration.State;
        }

        object? state = await _source.QueryAsync($"SELECT MIN(state) FROM {fences} WHERE move_id = @move HAVING COUNT(*) = {SlotCount}", _move).ConfigureAwait(false);
        return state is null or DBNull
            ? throw new InvalidOperationException($"The fences of '{migration.Move.From}' are not those of migration {migration.Id}, which is {migration.State}.")
            : (FenceState)Convert.ToInt32(state, CultureInfo.InvariantCulture) switch
            {
                FenceState.Moved => SlotMigrationState.Moved,
                FenceState.Copying when migration.State != SlotMigrationState.Copying => SlotMigrationState.CatchingUp,
                _ => SlotMigrationState.Copying,
            };
    }

    private async ValueTask RaiseAttemptAsync(SqlSession side, bool thaw)
    {
        SqlSession within = await engine.Sql.BeginAsync(side, engine.Isolation).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            await within.ExecuteAsync(engine.Sql.AddUnlessThere($"{fences}_moves", "move_id, attempt", "@move, 0"), _move).ConfigureAwait(false);
            await within.ExecuteAsync($"UPDATE {fences}_moves SET attempt = @attempt WHERE move_id = @move AND attempt < @attempt", _move, ("@attempt", migration.Attempt)).ConfigureAwait(false);
            await CheckAttemptAsync(within, $"SELECT attempt FROM {fences}_moves WHERE move_id = @move").ConfigureAwait(false);

            // Asked for first: an update that finds nothing may still wait for every writer that holds a slot.
            if (thaw && Convert.ToInt32(await within.QueryAsync($"SELECT COUNT(*) FROM {fences} WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Frozen}", _move).ConfigureAwait(false), CultureInfo.InvariantCulture) > 0)
            {
                await SetStateAsync(within, FenceState.Copying, FenceState.Frozen).ConfigureAwait(false);
            }

            await within.CommitAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask CheckAttemptAsync(SqlSession within, string query)
    {
        object? attempt = await within.QueryAsync(query, _move).ConfigureAwait(false);
        if (attempt is null || Convert.ToInt32(attempt, CultureInfo.InvariantCulture) != migration.Attempt)
        {
            throw new SlotMigrationTakenOverException(migration.Id, migration.Attempt);
        }
    }

    // Every change that a mover makes. The migration's row is locked, so that taking over waits, or has been; and it opens the triggers, for nobody else: nobody else sees the 1.
    private async ValueTask ChangeAsync(SqlSession side, Func<SqlSession, ValueTask> change) => await TryChangeAsync(side, async within =>
    {
        await change(within).ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false);

    // The same, rolled back when the change turns out to be none.
    private async ValueTask<bool> TryChangeAsync(SqlSession side, Func<SqlSession, ValueTask<bool>> change)
    {
        SqlSession within = await engine.Sql.BeginAsync(side, engine.Isolation).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            await CheckAttemptAsync(within, $"SELECT attempt FROM {fences}_moves WHERE move_id = @move{engine.Sql.ForUpdate}").ConfigureAwait(false);
            await within.ExecuteAsync($"UPDATE {fences}_moves SET mover = 1 WHERE move_id = @move", _move).ConfigureAwait(false);
            if (!await change(within).ConfigureAwait(false))
            {
                return false;
            }

            await within.ExecuteAsync($"UPDATE {fences}_moves SET mover = 0 WHERE move_id = @move", _move).ConfigureAwait(false);
            await within.CommitAsync().ConfigureAwait(false);
            return true;
        }
    }

    private async ValueTask SetStateAsync(SqlSession within, FenceState state, params FenceState[] from) =>
        await within.ExecuteAsync($"UPDATE {fences} SET state = {(int)state} WHERE slot IN ({_slots}) AND move_id = @move AND state IN ({string.Join(',', from.Select(each => (int)each))})", _move).ConfigureAwait(false);

    // All slots of a move are in one state; counted afterwards, as what drivers count of an update differs.
    private async ValueTask<bool> AreAllAsync(SqlSession within, FenceState state) =>
        Convert.ToInt32(await within.QueryAsync($"SELECT COUNT(*) FROM {fences} WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)state}", _move).ConfigureAwait(false), CultureInfo.InvariantCulture) == SlotCount;

    private async ValueTask<TableShape[]> ShapesAsync(SqlSession side)
    {
        var shapes = new TableShape[tables.Length];
        for (int i = 0; i < shapes.Length; i++)
        {
            shapes[i] = await engine.DescribeAsync(side, tables[i]).ConfigureAwait(false) ?? throw CannotMove(tables[i], $"there is none, or its primary key has not the column {tables[i].SlotColumn}");
        }

        return shapes;
    }

    private static InvalidOperationException CannotMove(SlotTable table, string reason) => new($"The table {table.Name} cannot move: {reason}.");

    private void Report() => progress?.Report(new SlotMigrationProgress(migration.Id, migration.State, _rows, _totalRows, _bytes, _dirtyKeys));

    // As slow as the rate wants, on the whole.
    private async ValueTask CountAsync(int rows, CancellationToken cancellationToken)
    {
        _rows += rows;
        Report();
        TimeSpan due = TimeSpan.FromSeconds(_rows / (double)options.RowsPerSecond) - options.TimeProvider.GetElapsedTime(_started);
        if (due > TimeSpan.Zero && options.RowsPerSecond != int.MaxValue)
        {
            await Task.Delay(due, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}
