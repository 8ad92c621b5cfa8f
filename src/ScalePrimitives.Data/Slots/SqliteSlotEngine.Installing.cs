namespace ScalePrimitives.Data;

// What stays on a shard: three triggers and the log.
internal sealed partial class SqliteSlotEngine
{
    public override async ValueTask<bool> InstallAsync(SlotSide side, string fences, TableShape shape, string? definer)
    {
        SqlSession within = await side.BeginAsync(side.CancellationToken).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            (string Name, string Text)[] triggers = Triggers(fences, shape);
            List<string> columns = await within.QueryRowsAsync(
                "SELECT name FROM pragma_table_info(@log) WHERE name <> 'change_id' ORDER BY cid", static row => row.GetString(0), ("@log", shape.Table.Log.Name)).ConfigureAwait(false);
            bool logFits = columns.SequenceEqual(shape.Key.Select(column => column.Name), StringComparer.Ordinal);
            List<string> installed = await within.QueryRowsAsync(
                "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = @table COLLATE NOCASE",
                static row => row.GetString(0),
                ("@table", shape.Table.Parts.Name)).ConfigureAwait(false);
            if (logFits && triggers.All(trigger => installed.Contains(trigger.Text)))
            {
                return true;
            }

            if (columns.Count > 0 && !logFits)
            {
                if (await IsNotingAsync(within, fences).ConfigureAwait(false))
                {
                    throw Noting(shape.Table);
                }

                await within.ExecuteAsync($"DROP TABLE {Quote(shape.Table.Log)}").ConfigureAwait(false);
            }

            await within.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {Quote(shape.Table.Log)} (change_id INTEGER PRIMARY KEY AUTOINCREMENT, {List(shape.Key)})").ConfigureAwait(false);
            foreach ((string name, string text) in triggers)
            {
                await within.ExecuteAsync($"DROP TRIGGER IF EXISTS {Quote(name)}").ConfigureAwait(false);
                await within.ExecuteAsync(text).ConfigureAwait(false);
            }

            await within.CommitAsync().ConfigureAwait(false);
            return true;
        }
    }

    public override async ValueTask UninstallAsync(SlotSide side, string fences, SlotTable table)
    {
        SqlSession within = await side.BeginAsync(side.CancellationToken).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            if (await IsMovingAsync(within, fences).ConfigureAwait(false))
            {
                throw Moving(table);
            }

            foreach (string name in TriggerNames(table))
            {
                await within.ExecuteAsync($"DROP TRIGGER IF EXISTS {Quote(name)}").ConfigureAwait(false);
            }

            await within.ExecuteAsync($"DROP TABLE IF EXISTS {Quote(table.Log)}").ConfigureAwait(false);
            await within.CommitAsync().ConfigureAwait(false);
        }
    }

    private static string[] TriggerNames(SlotTable table) => [table.Parts.Name + "_slot_i", table.Parts.Name + "_slot_d", table.Parts.Name + "_slot_u"];

    private (string Name, string Text)[] Triggers(string fences, TableShape shape)
    {
        string slot = Quote(shape.Table.SlotColumn);
        string keepsSlot = $"SELECT RAISE(ABORT, 'A row of {shape.Table.Name} cannot change its slot.') WHERE NEW.{slot} <> OLD.{slot};";

        // What a collation takes for the same is another key of the log.
        string keyChanges = $"({string.Join(" OR ", shape.Key.Select(column => $"NEW.{Quote(column.Name)} <> OLD.{Quote(column.Name)} COLLATE BINARY"))})";
        string[] names = TriggerNames(shape.Table);
        return
        [
            Trigger(names[0], "INSERT", "NEW", Note("NEW", "TRUE")),
            Trigger(names[1], "DELETE", "OLD", Note("OLD", "TRUE")),
            Trigger(names[2], "UPDATE", "OLD", $"{keepsSlot} {Note("OLD", "TRUE")} {Note("NEW", keyChanges)}"),
        ];

        string Note(string row, string condition) =>
            $"INSERT INTO {Quote(shape.Table.Log)} ({List(shape.Key)}) SELECT {List(shape.Key, row + ".")} FROM {fences} WHERE slot = {row}.{slot} AND state = {(int)FenceState.Copying} AND {condition};";

        (string, string) Trigger(string name, string change, string row, string body) => (name, $"""
            CREATE TRIGGER {Quote(name)} AFTER {change} ON {Quote(shape.Table)} BEGIN
              SELECT RAISE(ABORT, 'The slot refuses writes on this shard.') WHERE NOT EXISTS (SELECT 1 FROM {fences} WHERE slot = {row}.{slot} AND state IN ({(int)FenceState.Owned}, {(int)FenceState.Copying}, {(int)FenceState.Ready}))
                AND NOT EXISTS (SELECT 1 FROM {fences} f JOIN {fences}_moves m ON m.move_id = f.move_id WHERE f.slot = {row}.{slot} AND m.mover = 1);
              {body}
            END
            """);
    }
}
