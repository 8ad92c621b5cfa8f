using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>Looks for what would keep tables from moving, and for how much there is to move. Changes nothing.</summary>
internal sealed class SlotInspection(SlotEngine engine, string fences, SlotTable[] tables)
{
    private const int ProbeRows = 1_000;
    private const int Passes = 4; // a row is read, written, and read again on both sides
    private const int ReferencesProbed = 10_000;
    private const int KeysAtOnce = 500;

    /// <summary>Compares the tables of two shards, and looks for what is in the way on either.</summary>
    public async ValueTask<List<SlotMoveFinding>> CompareAsync(SlotSide source, SlotSide target)
    {
        List<SlotMoveFinding> found = [];
        foreach (SlotTable table in tables)
        {
            TableShape? here = await InspectAsync(source, table, found).ConfigureAwait(false);
            TableShape? there = await InspectAsync(target, table, found).ConfigureAwait(false);
            if (here is not null && there is not null)
            {
                await CompareAsync(source, target, here, there, found).ConfigureAwait(false);
            }
        }

        if (target.MaxBatchBytes < source.MaxBatchBytes)
        {
            found.Add(new SlotMoveFinding(
                target.ShardId,
                null,
                "max_allowed_packet is smaller than at the source, so that a row could be too large",
                $"Set it as on '{source.ShardId}'.",
                PreventsMove: true));
        }

        return found;
    }

    /// <summary>Finds what is wrong with the fences of a move.</summary>
    public async ValueTask<List<SlotMoveFinding>> CheckFencesAsync(SlotSide side, SlotMove move, FenceState wanted)
    {
        string slots = string.Join(',', move.Slots);
        List<SlotMoveFinding> found = [];
        if (!await side.ReadAsync(session => engine.HasTableAsync(session, SqlTableName.Parse(fences, nameof(fences)))).ConfigureAwait(false))
        {
            found.Add(new SlotMoveFinding(
                side.ShardId,
                null,
                $"there is no table {fences}, or none that this user may see",
                $"Call {nameof(SqlSlotFence)}.{nameof(SqlSlotFence.CreateSchemaAsync)} for this shard, or grant what is needed on it.",
                PreventsMove: true));
            return found;
        }

        List<(int Slot, FenceState State, string? MoveId)> rows = await side.ReadAsync(session => session.QueryRowsAsync(
            $"SELECT slot, state, move_id FROM {fences} WHERE slot IN ({slots})",
            static row => (row.GetInt32(0), (FenceState)row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2)))).ConfigureAwait(false);
        foreach ((int slot, FenceState state, string? moveId) in rows.Where(row => row.State != wanted || row.MoveId is not null).Take(1))
        {
            string by = moveId is null ? "" : $" by migration {moveId}";
            found.Add(new SlotMoveFinding(
                side.ShardId,
                null,
                string.Create(CultureInfo.InvariantCulture, $"slot {slot} is {state}{by}, and is to be {wanted}"),
                moveId is null ? $"Compare the fences with the map: {nameof(SqlSlotFence)}.{nameof(SqlSlotFence.CompareAsync)}." : "Finish or cancel that migration first.",
                PreventsMove: true));
        }

        if (rows.Count < move.Slots.Length)
        {
            found.Add(new SlotMoveFinding(
                side.ShardId,
                null,
                "a slot has no fence",
                $"Call {nameof(SqlSlotFence)}.{nameof(SqlSlotFence.CreateSchemaAsync)} for this shard.",
                PreventsMove: true));
        }

        return found;
    }

    /// <summary>Looks whether the rows that some of the moving ones lead to, of tables that do not move, are at the target too. Of many rows it looks at some: a move looks at all.</summary>
    public async ValueTask<List<SlotMoveFinding>> CheckReferencesAsync(SlotSide source, SlotSide target, SlotMove move)
    {
        List<SlotMoveFinding> found = [];
        foreach (SlotTable table in tables)
        {
            (TableShape? shape, _) = await target.ReadAsync(session => engine.DescribeAsync(session, table)).ConfigureAwait(false);
            List<SlotReference> references = shape is null ? [] : await target.ReadAsync(session => engine.ReferencesAsync(session, shape, tables)).ConfigureAwait(false);
            foreach (SlotReference reference in references)
            {
                if (await LeadsNowhereAsync(source, target, shape!, reference, move).ConfigureAwait(false))
                {
                    found.Add(new SlotMoveFinding(
                        target.ShardId,
                        table.Name,
                        $"rows that are to move lead by the foreign key {reference.Name} to rows that are not there",
                        $"Copy those of {reference.Table} first, of which every shard needs the same.",
                        PreventsMove: true));
                }
            }
        }

        return found;
    }

    /// <summary>Finds rows of the moving slots at the target, which does not own them: a move deletes them before it copies.</summary>
    public async ValueTask<List<SlotMoveFinding>> FindRowsAsync(SlotSide target, SlotMove move)
    {
        List<SlotMoveFinding> found = [];
        foreach (SlotTable table in tables)
        {
            string inSlots = $"{engine.Quote(table.SlotColumn)} IN ({string.Join(',', move.Slots)})";
            if (await target.ReadAsync(session => session.QueryAsync($"SELECT 1 FROM {engine.Quote(table)} WHERE {inSlots} LIMIT 1")).ConfigureAwait(false) is not null)
            {
                found.Add(new SlotMoveFinding(
                    target.ShardId,
                    table.Name,
                    "it has rows of slots that are to move there, which the move will delete before it copies",
                    "Keep a copy of them elsewhere, if they are not what a move that was given up has left.",
                    PreventsMove: false));
            }
        }

        return found;
    }

    /// <summary>Estimates what moves take: by the database's own statistics, and by reading one batch.</summary>
    public async ValueTask<(long Rows, long Bytes, TimeSpan Duration)> EstimateAsync(SlotSide source, IReadOnlyCollection<int> slots, int rowsPerSecond)
    {
        object? owned = await source.ReadAsync(session => session.QueryAsync(
            $"SELECT COUNT(*) FROM {fences} WHERE state IN ({(int)FenceState.Owned}, {(int)FenceState.Copying}, {(int)FenceState.Frozen})")).ConfigureAwait(false);
        double share = slots.Count / Math.Max(slots.Count, Convert.ToDouble(owned, CultureInfo.InvariantCulture));
        (long rows, long bytes, TimeSpan duration) = (0, 0, TimeSpan.Zero);
        foreach (SlotTable table in tables)
        {
            (TableShape? shape, _) = await source.ReadAsync(session => engine.DescribeAsync(session, table)).ConfigureAwait(false);
            if (shape is null)
            {
                continue;
            }

            (long all, long size) = await source.ReadAsync(session => engine.EstimateAsync(session, table)).ConfigureAwait(false);
            long begun = Stopwatch.GetTimestamp();
            (List<object?[]> probe, _, _) = await source.ReadAsync(session => engine.ReadAsync(
                session, shape, shape.Columns, 1 << 20, $"{engine.Quote(table.SlotColumn)} IN ({string.Join(',', slots)}) LIMIT {ProbeRows}", [])).ConfigureAwait(false);
            TimeSpan each = Stopwatch.GetElapsedTime(begun) / Math.Max(1, probe.Count);
            long moving = Math.Max((long)(all * share), probe.Count);
            rows += moving;
            bytes += (long)(size * share);
            duration += TimeSpan.FromSeconds(Math.Max(moving * each.TotalSeconds * Passes, moving / (double)rowsPerSecond));
        }

        return (rows, bytes, duration);
    }

    private async ValueTask CompareAsync(SlotSide source, SlotSide target, TableShape here, TableShape there, List<SlotMoveFinding> found)
    {
        SlotTable table = here.Table;
        if (here.DifferenceTo(there) is { } difference)
        {
            found.Add(new SlotMoveFinding(target.ShardId, table.Name, difference, $"Make the table as it is on '{source.ShardId}'.", PreventsMove: true));
        }

        // Less may be demanded there, and more may not: rows that are fine here would be refused amid a move.
        List<string> demands = await source.ReadAsync(session => engine.DemandsAsync(session, table)).ConfigureAwait(false);
        string[] more = [.. (await target.ReadAsync(session => engine.DemandsAsync(session, table)).ConfigureAwait(false)).Except(demands, StringComparer.Ordinal)];
        if (more.Length > 0)
        {
            found.Add(new SlotMoveFinding(
                target.ShardId,
                table.Name,
                $"it demands of its rows what it does not on '{source.ShardId}': {string.Join(", ", more)}",
                $"Demand the same on '{source.ShardId}', or drop it.",
                PreventsMove: true));
        }
    }

    // Each key once, as the rows have it.
    private async ValueTask<bool> LeadsNowhereAsync(SlotSide source, SlotSide target, TableShape shape, SlotReference reference, SlotMove move)
    {
        TableColumn[] columns = [.. reference.Columns.Select(pair => shape.Columns.FirstOrDefault(column => column.Name == pair.From))];
        if (columns.Any(static column => column.Name is null))
        {
            return false; // a generated one is not copied, and is looked at when it is there
        }

        string hasAll = string.Join(" AND ", columns.Select(column => $"{engine.Quote(column.Name)} IS NOT NULL"));
        string some = $"{engine.Quote(shape.Table.SlotColumn)} IN ({string.Join(',', move.Slots)}) AND {hasAll} LIMIT {ReferencesProbed}";
        List<object?[]> rows = await source.ReadAsync(session => engine.ReadAsync(session, shape, columns, some)).ConfigureAwait(false);
        TableShape parent = new(shape.Table, [.. columns.Zip(reference.Columns, static (column, pair) => column with { Name = pair.To })], columns.Length);
        foreach (object?[][] keys in rows.DistinctBy(UnverifiedKeys.Text, StringComparer.Ordinal).Chunk(engine.RowsAtOnce(parent, KeysAtOnce)))
        {
            // A collation may take two of them for one: then each is looked for by itself.
            if (await CountAsync(keys).ConfigureAwait(false) < keys.Length)
            {
                foreach (object?[] key in keys)
                {
                    if (await CountAsync([key]).ConfigureAwait(false) == 0)
                    {
                        return true;
                    }
                }
            }
        }

        return false;

        async ValueTask<long> CountAsync(object?[][] keys)
        {
            (string condition, (string Name, object? Value)[] parameters) = engine.ByKeys(parent, keys);
            return Convert.ToInt64(
                await target.ReadAsync(session => session.QueryAsync($"SELECT COUNT(*) FROM {reference.Table} WHERE {condition}", parameters)).ConfigureAwait(false),
                CultureInfo.InvariantCulture);
        }
    }

    private async ValueTask<TableShape?> InspectAsync(SlotSide side, SlotTable table, List<SlotMoveFinding> found)
    {
        (TableShape? shape, string? problem) = await side.ReadAsync(session => engine.DescribeAsync(session, table)).ConfigureAwait(false);
        if (shape is null)
        {
            string remedy = problem == SlotEngine.NoTable
                ? "See that its name is spelt as the database keeps it, that this user may see it, or create it."
                : $"Give it a primary key with the column {table.SlotColumn} that is not generated.";
            found.Add(new SlotMoveFinding(side.ShardId, table.Name, problem!, remedy, PreventsMove: true));
            return null;
        }

        List<SlotObstacle> obstacles = await side.ReadAsync(session => engine.InspectAsync(session, fences, shape, tables)).ConfigureAwait(false);
        found.AddRange(obstacles.Select(each => new SlotMoveFinding(side.ShardId, table.Name, each.Problem, each.Remedy, each.PreventsMove)));
        return shape;
    }
}
