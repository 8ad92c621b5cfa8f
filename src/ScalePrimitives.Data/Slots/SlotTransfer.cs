using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>
/// The work of one state of one migration, over a connection to each shard. Fences go, at the source: Owned, Copying, Frozen and back to Copying, Moved, Retired; at the target: Retired, Importing, Ready, Owned.
/// </summary>
internal sealed partial class SlotTransfer(
    SlotEngine engine, string fences, SlotTable[] tables, SqlSlotMoverOptions options, SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, Func<string, ValueTask<SlotSide>> open) : IAsyncDisposable
{
    private const string StatementTimeout = "57014"; // PostgreSQL's
    private const string StatementInterrupted = "70100"; // MariaDB's
    private static readonly TimeSpan GroupsLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly (string, object?) _move = ("@move", migration.Id.ToString());
    private readonly string _slots = string.Join(',', migration.Move.Slots);
    private readonly long _started = options.TimeProvider.GetTimestamp();
    private SlotSide? _source;
    private SlotSide? _target;
    private long _rows;
    private long _totalRows;
    private long _bytes;
    private long _dirtyKeys;

    private int SlotCount => migration.Move.Slots.Length;

    private SlotSide Source => _source!; // both are opened by every state; but undoing begins with the source alone, and the last state with the target

    private SlotSide Target => _target!;

    public async ValueTask DisposeAsync()
    {
        foreach (SlotSide? side in (SlotSide?[])[_source, _target])
        {
            if (side is not null)
            {
                await side.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public async ValueTask OpenSourceAsync() => _source ??= await open(migration.Move.From).ConfigureAwait(false);

    public async ValueTask OpenTargetAsync() => _target ??= await open(migration.Move.To).ConfigureAwait(false);

    // The shards first, before anything else is looked at: what an older attempt had begun either is committed by now, or never will be. To undo, the source is enough: it decides. Once it has given the
    // slots away, and that was written down, the target is: what the source says then, it may say out of a backup.
    public async ValueTask<SlotTakeover> TakeOverAsync()
    {
        if (migration.State is SlotMigrationState.Moved or SlotMigrationState.Published)
        {
            await OpenTargetAsync().ConfigureAwait(false);
            await RaiseAttemptAsync(Target, thaw: false).ConfigureAwait(false);
            return new SlotTakeover(migration.State, HoldsSlots: true);
        }

        await OpenSourceAsync().ConfigureAwait(false);
        await RaiseAttemptAsync(Source, thaw: true).ConfigureAwait(false);
        if (migration.State != SlotMigrationState.Cancelling)
        {
            await OpenTargetAsync().ConfigureAwait(false);
            await RaiseAttemptAsync(Target, thaw: false).ConfigureAwait(false);
        }

        Dictionary<FenceState, int> held = await HeldAsync(Source).ConfigureAwait(false);
        (int claimed, int moved) = (held.Values.Sum(), held.GetValueOrDefault(FenceState.Moved));
        SlotMigrationState state = migration.State switch
        {
            _ when moved > 0 => moved == SlotCount ? SlotMigrationState.Moved : SlotMigrationState.HandingOver,
            SlotMigrationState.Preparing or SlotMigrationState.Cancelling => migration.State,
            SlotMigrationState.HandingOver => throw new InvalidOperationException($"'{migration.Move.From}' has taken back slots that migration {migration.Id} had handed over: it came out of a backup, or is a standby that was behind. See which rows are newer before anything is deleted."),
            _ when claimed != SlotCount => throw NotItsOwn(Source),
            not SlotMigrationState.Copying when held.GetValueOrDefault(FenceState.Copying) == SlotCount => SlotMigrationState.CatchingUp,
            _ => SlotMigrationState.Copying,
        };
        return new SlotTakeover(state, claimed == SlotCount);
    }

    public async ValueTask<int[]> MovedAsync() =>
        [.. await Source.ReadAsync(session => session.QueryRowsAsync($"SELECT slot FROM {fences} WHERE move_id = @move AND state = {(int)FenceState.Moved} ORDER BY slot", static row => row.GetInt32(0), _move)).ConfigureAwait(false)];

    // The states of the fences that the migration has claimed on a shard.
    private async ValueTask<Dictionary<FenceState, int>> HeldAsync(SlotSide side) => (await side.ReadAsync(session => session.QueryRowsAsync(
        $"SELECT state, COUNT(*) FROM {fences} WHERE move_id = @move GROUP BY state", static row => (State: (FenceState)row.GetInt32(0), Count: row.GetInt32(1)), _move)).ConfigureAwait(false)).ToDictionary(each => each.State, each => each.Count);

    private async ValueTask RaiseAttemptAsync(SlotSide side, bool thaw) => await SlotSide.WithinAsync(token => RaiseAttemptAsync(side, thaw, token), side.CancellationToken).ConfigureAwait(false);

    private async ValueTask<bool> RaiseAttemptAsync(SlotSide side, bool thaw, CancellationToken cancellationToken)
    {
        SqlSession within = await side.BeginAsync(cancellationToken).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            await within.ExecuteAsync(engine.Sql.AddUnlessThere($"{fences}_moves", "move_id, attempt", "@move, 0"), _move).ConfigureAwait(false);
            await within.ExecuteAsync($"{engine.Update($"{fences}_moves")} SET attempt = @attempt WHERE move_id = @move AND attempt < @attempt", _move, ("@attempt", migration.Attempt)).ConfigureAwait(false);
            await CheckAttemptAsync(within, $"SELECT attempt FROM {fences}_moves WHERE move_id = @move").ConfigureAwait(false);

            // Asked for first: an update that finds nothing may still wait for every writer that holds a slot.
            if (thaw && Convert.ToInt32(await within.QueryAsync($"SELECT COUNT(*) FROM {fences} WHERE slot IN ({_slots}) AND move_id = @move AND state = {(int)FenceState.Frozen}", _move).ConfigureAwait(false), CultureInfo.InvariantCulture) > 0)
            {
                await SetStateAsync(within, _slots, FenceState.Copying, FenceState.Frozen).ConfigureAwait(false);
            }

            await within.CommitAsync().ConfigureAwait(false);
            return true;
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
    private async ValueTask ChangeAsync(SlotSide side, Func<SqlSession, ValueTask> change) => await TryChangeAsync(
        side,
        async within =>
        {
            await change(within).ConfigureAwait(false);
            return true;
        },
        side.CancellationToken).ConfigureAwait(false);

    // The same, rolled back when the change turns out to be none.
    private Task<bool> TryChangeAsync(SlotSide side, Func<SqlSession, ValueTask<bool>> change, CancellationToken cancellationToken) =>
        SlotSide.WithinAsync(token => TryChangeWithinAsync(side, change, token), cancellationToken);

    private async ValueTask<bool> TryChangeWithinAsync(SlotSide side, Func<SqlSession, ValueTask<bool>> change, CancellationToken cancellationToken)
    {
        SqlSession within = await side.BeginAsync(cancellationToken).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            await CheckAttemptAsync(within, $"SELECT attempt FROM {fences}_moves WHERE move_id = @move{engine.Sql.ForUpdate}").ConfigureAwait(false);
            await within.ExecuteAsync($"{engine.Update($"{fences}_moves")} SET mover = 1 WHERE move_id = @move", _move).ConfigureAwait(false);
            if (!await change(within).ConfigureAwait(false))
            {
                return false;
            }

            await within.ExecuteAsync($"{engine.Update($"{fences}_moves")} SET mover = 0 WHERE move_id = @move", _move).ConfigureAwait(false);
            await within.CommitAsync().ConfigureAwait(false);
            return true;
        }
    }

    // A change of fences for which writers may have to be waited for: for all of them together no longer than the limit.
    private async ValueTask<bool> TryChangeFencesAsync(SlotSide side, IReadOnlyList<int> slots, bool isAgain, Func<SqlSession, ValueTask> change)
    {
        try
        {
            bool changed = await TryChangeAsync(
                side,
                async within =>
                {
                    await engine.LimitAsync(within, options.LockTimeout).ConfigureAwait(false);
                    await engine.LockAsync(within, fences, slots, isAgain).ConfigureAwait(false);
                    await change(within).ConfigureAwait(false);
                    return true;
                },
                side.CancellationToken).ConfigureAwait(false);
            await engine.UnlimitAsync(side.Session).ConfigureAwait(false);
            return changed;
        }
        catch (DbException exception) when (exception.IsTransient || exception.SqlState is StatementTimeout or StatementInterrupted)
        {
            await engine.UnlimitAsync(side.Session).ConfigureAwait(false);
            return false;
        }
    }

    // The same for all slots of the move, slot by slot at worst: one that a long transaction holds does not keep the others from it. What was changed stays so.
    private async ValueTask<bool> TryChangeFencesInGroupsAsync(SlotSide side, Func<SqlSession, string, ValueTask> change)
    {
        long began = options.TimeProvider.GetTimestamp();
        var groups = new Queue<int[]>([[.. migration.Move.Slots]]);
        bool isAgain = false;
        while (groups.TryDequeue(out int[]? group))
        {
            string slots = string.Join(',', group);
            if (await TryChangeFencesAsync(side, group, isAgain, within => change(within, slots)).ConfigureAwait(false))
            {
                continue;
            }

            if (options.TimeProvider.GetElapsedTime(began) >= GroupsLimit)
            {
                return false;
            }

            isAgain = true;
            foreach (int[] half in group.Chunk((group.Length + 1) / 2))
            {
                groups.Enqueue(half);
            }
        }

        return true;
    }

    private ValueTask<bool> TryDrainAsync(IReadOnlyList<int> slots, Func<bool> isOver) =>
        SlotEngine.TryDrainAsync(isAgain => Source.ReadAsync(session => engine.HoldersAsync(session, fences, slots, isAgain)), isOver);

    private async ValueTask SetStateAsync(SqlSession within, string slots, FenceState state, params FenceState[] from) =>
        await within.ExecuteAsync($"{engine.Update(fences)} SET state = {(int)state} WHERE slot IN ({slots}) AND move_id = @move AND state IN ({Numbers(from)})", _move).ConfigureAwait(false);

    // Counted afterwards, as what drivers count of an update differs.
    private async ValueTask<bool> AreAllAsync(SqlSession within, IReadOnlyList<int> slots, params FenceState[] states) =>
        Convert.ToInt32(await within.QueryAsync($"SELECT COUNT(*) FROM {fences} WHERE slot IN ({string.Join(',', slots)}) AND move_id = @move AND state IN ({Numbers(states)})", _move).ConfigureAwait(false), CultureInfo.InvariantCulture) == slots.Count;

    // The slots that the source has not given away yet.
    private async ValueTask<int[]> LeftAsync() =>
        [.. await Source.ReadAsync(session => session.QueryRowsAsync($"SELECT slot FROM {fences} WHERE move_id = @move AND state IN ({Numbers(FenceState.Owned, FenceState.Copying, FenceState.Frozen)}) ORDER BY slot", static row => row.GetInt32(0), _move)).ConfigureAwait(false)];

    // The same, when none may be missing: fences that someone has set anew have accepted writes that nobody noted.
    private async ValueTask<int[]> LeftToMoveAsync()
    {
        int[] left = await LeftAsync().ConfigureAwait(false);
        return left.Length + (await MovedAsync().ConfigureAwait(false)).Length == SlotCount ? left : throw NotItsOwn(Source);
    }

    private InvalidOperationException NotItsOwn(SlotSide side) => new(
        $"The fences of '{side.ShardId}' are not those of migration {migration.Id}, which is {migration.State}: they were repaired, or the shard "
        + "came out of a backup. Cancel the migration, and move the slots anew.");

    private static string Numbers(params FenceState[] states) => string.Join(',', states.Select(each => (int)each));

    private async ValueTask<TableShape[]> ShapesAsync(SlotSide side)
    {
        var shapes = new TableShape[tables.Length];
        for (int i = 0; i < shapes.Length; i++)
        {
            SlotTable table = tables[i];
            (TableShape? shape, string? problem) = await side.ReadAsync(session => engine.DescribeAsync(session, table)).ConfigureAwait(false);
            shapes[i] = shape ?? throw new InvalidOperationException($"On '{side.ShardId}' the table {table.Name} cannot move: {problem}.");
        }

        return shapes;
    }

    private void Report() => progress?.Report(new SlotMigrationProgress(migration.Id, migration.State, _rows, _totalRows, _bytes, _dirtyKeys));

    // As slow as the rate wants, on the whole.
    private async ValueTask CountAsync(int rows, CancellationToken cancellationToken)
    {
        _rows += rows;
        SlotMoverInstruments.Rows.Add(rows, SlotMoverInstruments.State(migration.State));
        Report();
        if (options.RowsPerSecond == int.MaxValue)
        {
            return;
        }

        // Told of on the way, so that nobody takes the pause for a mover that hangs.
        TimeSpan wanted = TimeSpan.FromSeconds(_rows / (double)options.RowsPerSecond);
        for (TimeSpan due; (due = wanted - options.TimeProvider.GetElapsedTime(_started)) > TimeSpan.Zero; Report())
        {
            await Task.Delay(due < LongestPause ? due : LongestPause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}
