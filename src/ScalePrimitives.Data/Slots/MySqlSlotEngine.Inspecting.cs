namespace ScalePrimitives.Data;

// What keeps a table from moving.
internal sealed partial class MySqlSlotEngine
{
    public override async ValueTask<List<SlotObstacle>> InspectAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        List<SlotObstacle> found = [];
        (string, object?) table = ("@table", shape.Table.Parts.Name);
        string schema = Schema(shape.Table);
        if (shape.Key.FirstOrDefault(column => Kind(column) is Kinds.Real || column.Type.StartsWith("decimal", StringComparison.Ordinal)) is { Name: not null } inexact)
        {
            found.Add(new($"the key has the column {inexact.Name} of the type {inexact.Type}, by which rows are not found again surely", "Give it a whole number or a text."));
        }

        (string Engine, string Type) kept = await session.QueryRowAsync($"SELECT IFNULL(ENGINE, ''), TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = {schema} AND {Named("TABLE_NAME")}", static row => (row.GetString(0), row.GetString(1)), table).ConfigureAwait(false);
        if (kept.Engine != "InnoDB")
        {
            found.Add(new("it is not of the engine InnoDB", $"ALTER TABLE {Quote(shape.Table)} ENGINE = InnoDB."));
        }

        if (kept.Type != "BASE TABLE")
        {
            found.Add(new($"it is a {kept.Type}, whose history would stay behind, and its hidden columns", "Move a table without versions, or drop them first."));
        }

        string? definition = await session.QueryRowAsync($"SHOW CREATE TABLE {Quote(shape.Table)}", static row => row.GetString(1)).ConfigureAwait(false);
        if (definition?.Contains("WITHOUT OVERLAPS", StringComparison.Ordinal) == true)
        {
            found.Add(new("it has a key WITHOUT OVERLAPS, by which MariaDB cannot skip rows that are there", "Make it a key of the columns alone, and check overlaps in the service."));
        }

        await InspectServerAsync(session, found).ConfigureAwait(false);
        await InspectPrivilegesAsync(session, fences, shape.Table, found).ConfigureAwait(false);
        await InspectKeysAsync(session, shape.Table, tables, found).ConfigureAwait(false);
        foreach (TableColumn column in shape.Columns.Where(column => column.Type.StartsWith("enum", StringComparison.Ordinal)))
        {
            if (await session.QueryAsync($"SELECT 1 FROM {Quote(shape.Table)} WHERE {Quote(column.Name)} = 0 LIMIT 1").ConfigureAwait(false) is not null)
            {
                found.Add(new($"a row has an invalid value in the column {column.Name}, an enum, which a strict server does not take", $"Mend the rows WHERE {Quote(column.Name)} = 0."));
            }
        }

        string moves = fences + "_moves";
        List<string> triggers = await session.QueryRowsAsync(
            $"SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = {schema} AND {Named("EVENT_OBJECT_TABLE")} AND TRIGGER_NAME NOT IN ({string.Join(", ", TriggerNames(shape.Table).Select(name => $"'{name}'"))}) AND EVENT_MANIPULATION <> 'UPDATE' AND LOCATE(@moves, ACTION_STATEMENT) = 0",
            static row => row.GetString(0),
            table,
            ("@moves", moves)).ConfigureAwait(false);
        found.AddRange(triggers.Select(trigger => SlotTriggers.Fires(trigger, moves)));
        return found;
    }

    private static async ValueTask InspectKeysAsync(SqlSession session, SlotTable moving, IReadOnlyList<SlotTable> tables, List<SlotObstacle> found)
    {
        (string, object?) table = ("@table", moving.Parts.Name);
        string schema = Schema(moving);
        if (await session.QueryAsync($"SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {schema} AND {Named("TABLE_NAME")} AND NON_UNIQUE = 0 GROUP BY INDEX_NAME HAVING SUM(COLUMN_NAME = @slot) = 0 LIMIT 1", table, ("@slot", moving.SlotColumn)).ConfigureAwait(false) is string unique)
        {
            found.Add(new($"the unique index {unique} has not the slot column, so that rows of two slots could collide", $"Add the column {moving.SlotColumn} to it, or drop it."));
        }

        if (await session.QueryAsync($"SELECT CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = {schema} AND {Named("REFERENCED_TABLE_NAME")} AND (CONSTRAINT_SCHEMA, TABLE_NAME) NOT IN ({Pairs(tables)}) LIMIT 1", table).ConfigureAwait(false) is string outside)
        {
            found.Add(new($"the foreign key {outside} of a table that does not move with it leads to it", "Move that table with it."));
        }

        if (await session.QueryAsync($"SELECT CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = {schema} AND {Named("TABLE_NAME")} AND (DELETE_RULE IN ('CASCADE', 'SET NULL') OR UPDATE_RULE IN ('CASCADE', 'SET NULL')) LIMIT 1", table).ConfigureAwait(false) is string cascade)
        {
            found.Add(new($"the foreign key {cascade} cascades, and what it changes fires no triggers here, so that changes would be missed", "Make it RESTRICT, and let the service delete what belongs to a row."));
        }
    }

    // A binary log asks for more than the privileges of the tables.
    private static async ValueTask InspectServerAsync(SqlSession session, List<SlotObstacle> found)
    {
        (bool isLogged, string format, bool isTrusted) = await session.QueryRowAsync("SELECT @@log_bin, @@binlog_format, @@log_bin_trust_function_creators", static row => (IsSet(row, 0), row.GetString(1), IsSet(row, 2))).ConfigureAwait(false);
        if (isLogged && format == "STATEMENT")
        {
            found.Add(new("the server's binary log has the format STATEMENT, in which it does not take transactions that read what is committed", "SET GLOBAL binlog_format = 'MIXED', or 'ROW'."));
        }

        bool isSuper = (await session.QueryRowsAsync("SHOW GRANTS", static row => row.GetString(0)).ConfigureAwait(false)).Any(static grant => grant.Contains(" ON *.*", StringComparison.Ordinal) && (grant.Contains("SUPER", StringComparison.Ordinal) || grant.Contains("ALL PRIVILEGES", StringComparison.Ordinal)));
        if (isLogged && !isTrusted && !isSuper)
        {
            found.Add(new("the server has a binary log, and lets only users with SUPER create triggers", "SET GLOBAL log_bin_trust_function_creators = 1, or install the triggers as a user with SUPER."));
        }

        static bool IsSet(System.Data.Common.DbDataReader row, int column) => Convert.ToInt64(row.GetValue(column), System.Globalization.CultureInfo.InvariantCulture) != 0;
    }

    // What the mover does is tried on nothing: the server checks privileges before it looks at rows. That of triggers it shows in the catalogue alone.
    private async ValueTask InspectPrivilegesAsync(SqlSession session, string fences, SlotTable table, List<SlotObstacle> found)
    {
        string user = (string)(await session.QueryAsync("SELECT CURRENT_USER()").ConfigureAwait(false))!;
        (string name, string slot) = (Quote(table), Quote(table.SlotColumn));
        foreach ((string privilege, string on, string statement) in (IEnumerable<(string, string, string)>)
        [
            ("INSERT", name, $"INSERT INTO {name} ({slot}) SELECT {slot} FROM {name} WHERE FALSE"),
            ("UPDATE", name, $"UPDATE {name} SET {slot} = {slot} WHERE FALSE"),
            ("DELETE", name, $"DELETE FROM {name} WHERE FALSE"),
            ("UPDATE", fences, $"UPDATE {fences} SET state = state WHERE FALSE"),
            ("INSERT", fences + "_moves", $"INSERT INTO {fences}_moves (move_id, attempt) SELECT move_id, attempt FROM {fences}_moves WHERE FALSE"),
            ("UPDATE", fences + "_moves", $"UPDATE {fences}_moves SET mover = mover WHERE FALSE"),
            ("DELETE", fences + "_moves", $"DELETE FROM {fences}_moves WHERE FALSE"),
        ])
        {
            try
            {
                await session.ExecuteAsync(statement).ConfigureAwait(false);
            }
            catch (System.Data.Common.DbException exception)
            {
                // The server looks at privileges first: another error, of a column without a default, comes after.
                if (exception.SqlState == "42000")
                {
                    found.Add(new($"this user may not {privilege} in {on}", $"GRANT {privilege} ON {on} TO {user}."));
                }
            }
        }

        string log = Quote(table.Log);
        List<string> grants = await session.QueryRowsAsync("SHOW GRANTS", static row => row.GetString(0)).ConfigureAwait(false);
        string schema = table.Parts.Schema ?? (string)(await session.QueryAsync("SELECT DATABASE()").ConfigureAwait(false))!;
        if (!Has("TRIGGER", table.Parts.Name))
        {
            found.Add(new("this user may not create triggers on it", $"GRANT TRIGGER ON {name} TO {user}."));
        }

        if (!Has("CREATE", table.Log.Name))
        {
            found.Add(new($"this user may not create the log {log}", $"GRANT SELECT, INSERT, DELETE, CREATE, DROP ON {log} TO {user}."));
        }

        // A constraint of a table that this user may not see is not seen.
        if (!Has("SELECT", null))
        {
            found.Add(new("this user sees only some tables, and so not every foreign key that leads to it", $"GRANT SELECT ON {Quote(schema)}.* TO {user}.", PreventsMove: false));
        }

        bool Has(string privilege, string? on) => grants.Any(grant =>
            (grant.Contains("ALL PRIVILEGES", StringComparison.Ordinal) || grant.Split(" ON ", 2)[0].Contains(privilege, StringComparison.Ordinal)) &&
            (grant.Contains(" ON *.*", StringComparison.Ordinal) || grant.Contains($" ON `{schema}`.*", StringComparison.Ordinal) || grant.Contains($" ON `{schema.Replace("_", "\\_", StringComparison.Ordinal)}`.*", StringComparison.Ordinal)
                || (on is not null && grant.Contains($" ON `{schema}`.`{on}`", StringComparison.Ordinal))));
    }
}
