using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

// What keeps a table from moving.
internal sealed partial class MySqlSlotEngine
{
    private const string AccessRefused = "42000";

    public override async ValueTask<List<SlotObstacle>> InspectAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        List<SlotObstacle> found = [];
        if (shape.Key.FirstOrDefault(IsInexact) is { Name: not null } inexact)
        {
            found.Add(new(
                $"the key has the column {inexact.Name} of the type {inexact.Type}, by which rows are not found again surely",
                "Give it a whole number or a text."));
        }

        await InspectServerAsync(session, found).ConfigureAwait(false);
        await InspectPrivilegesAsync(session, fences, shape, tables, found).ConfigureAwait(false);
        await InspectKeysAsync(session, shape.Table, tables, found).ConfigureAwait(false);
        if (!await IsRefusedAsync(session, $"SELECT 1 FROM {Quote(shape.Table)} WHERE FALSE").ConfigureAwait(false))
        {
            await InspectKindAsync(session, shape.Table, found).ConfigureAwait(false);
            await InspectEnumsAsync(session, shape, found).ConfigureAwait(false);
        }

        await InspectTriggersAsync(session, fences + "_moves", shape.Table, found).ConfigureAwait(false);
        return found;

        static bool IsInexact(TableColumn column) => Kind(column) is Kinds.Real || column.Type.StartsWith("decimal", StringComparison.Ordinal);
    }

    private async ValueTask InspectKindAsync(SqlSession session, SlotTable table, List<SlotObstacle> found)
    {
        (string Engine, string Type) kept = await session.QueryRowAsync(
            $"SELECT IFNULL(ENGINE, ''), TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = {Schema(table)} AND {Named("TABLE_NAME")}",
            static row => (row.GetString(0), row.GetString(1)),
            ("@table", table.Parts.Name)).ConfigureAwait(false);
        if (kept.Engine != "InnoDB")
        {
            found.Add(new("it is not of the engine InnoDB", $"ALTER TABLE {Quote(table)} ENGINE = InnoDB"));
        }

        if (kept.Type != "BASE TABLE")
        {
            found.Add(new($"it is a {kept.Type}, whose history would stay behind, and its hidden columns", "Move a table without versions, or drop them first."));
        }

        string? definition = await session.QueryRowAsync($"SHOW CREATE TABLE {Quote(table)}", static row => row.GetString(1)).ConfigureAwait(false);
        if (definition?.Contains("WITHOUT OVERLAPS", StringComparison.Ordinal) == true)
        {
            found.Add(new(
                "it has a key WITHOUT OVERLAPS, by which MariaDB cannot skip rows that are there",
                "Make it a key of the columns alone, and check overlaps in the service."));
        }
    }

    private async ValueTask InspectEnumsAsync(SqlSession session, TableShape shape, List<SlotObstacle> found)
    {
        foreach (TableColumn column in shape.Columns.Where(column => column.Type.StartsWith("enum", StringComparison.Ordinal)))
        {
            string invalid = $"SELECT * FROM {Quote(shape.Table)} WHERE {Quote(column.Name)} = 0";
            if (await session.QueryAsync(invalid + " LIMIT 1").ConfigureAwait(false) is not null)
            {
                found.Add(new(
                    $"a row has an invalid value in the column {column.Name}, an enum, which a strict server does not take",
                    $"Mend the rows of {invalid}"));
            }
        }
    }

    private static async ValueTask InspectTriggersAsync(SqlSession session, string moves, SlotTable table, List<SlotObstacle> found)
    {
        List<string> triggers = await session.QueryRowsAsync(
            $"""
            SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = {Schema(table)} AND {Named("EVENT_OBJECT_TABLE")}
              AND TRIGGER_NAME NOT IN ({string.Join(", ", TriggerNames(table).Select(name => $"'{name}'"))})
              AND EVENT_MANIPULATION <> 'UPDATE' AND LOCATE(@moves, ACTION_STATEMENT) = 0
            """,
            static row => row.GetString(0),
            ("@table", table.Parts.Name),
            ("@moves", moves)).ConfigureAwait(false);
        found.AddRange(triggers.Select(trigger => SlotTriggers.Fires(trigger, moves)));
    }

    private static async ValueTask InspectKeysAsync(SqlSession session, SlotTable moving, IReadOnlyList<SlotTable> tables, List<SlotObstacle> found)
    {
        (string, object?) table = ("@table", moving.Parts.Name);
        string schema = Schema(moving);
        if (await session.QueryAsync(
            $"""
            SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {schema} AND {Named("TABLE_NAME")} AND NON_UNIQUE = 0
            GROUP BY INDEX_NAME HAVING SUM(COLUMN_NAME = @slot) = 0 LIMIT 1
            """,
            table,
            ("@slot", moving.SlotColumn)).ConfigureAwait(false) is string unique)
        {
            found.Add(new(
                $"the unique index {unique} has not the slot column, so that rows of two slots could collide",
                $"Add the column {moving.SlotColumn} to it, or drop it."));
        }

        if (await session.QueryAsync(
            $"""
            SELECT CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS
            WHERE UNIQUE_CONSTRAINT_SCHEMA = {schema} AND {Named("REFERENCED_TABLE_NAME")} AND (CONSTRAINT_SCHEMA, TABLE_NAME) NOT IN ({Pairs(tables)}) LIMIT 1
            """,
            table).ConfigureAwait(false) is string outside)
        {
            found.Add(new($"the foreign key {outside} of a table that does not move with it leads to it", "Move that table with it."));
        }

        if (await session.QueryAsync(
            $"""
            SELECT CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = {schema} AND {Named("TABLE_NAME")}
              AND (DELETE_RULE IN ('CASCADE', 'SET NULL') OR UPDATE_RULE IN ('CASCADE', 'SET NULL')) LIMIT 1
            """,
            table).ConfigureAwait(false) is string cascade)
        {
            found.Add(new(
                $"the foreign key {cascade} cascades, and what it changes fires no triggers here, so that changes would be missed",
                "Make it RESTRICT, and let the service delete what belongs to a row."));
        }
    }

    // A binary log asks for more than the privileges of the tables.
    private static async ValueTask InspectServerAsync(SqlSession session, List<SlotObstacle> found)
    {
        (bool isLogged, string format, bool isTrusted) = await session.QueryRowAsync(
            "SELECT @@log_bin, @@binlog_format, @@log_bin_trust_function_creators",
            static row => (IsSet(row, 0), row.GetString(1), IsSet(row, 2))).ConfigureAwait(false);
        MySqlGrants grants = await MySqlGrants.ReadAsync(session, "").ConfigureAwait(false);
        if (isLogged && format == "STATEMENT")
        {
            found.Add(new(
                "the server's binary log has the format STATEMENT, in which it does not take transactions that read what is committed",
                "SET GLOBAL binlog_format = 'MIXED'"));
        }

        if (isLogged && !isTrusted && !grants.Has("SUPER"))
        {
            found.Add(new(
                "the server has a binary log, and lets only users with SUPER create triggers, of whom this is none",
                "SET GLOBAL log_bin_trust_function_creators = 1"));
        }

        bool mayWriteAnyway = grants.Has("SUPER") || grants.Has("READ_ONLY ADMIN") || grants.Has("READ ONLY ADMIN");
        if (!mayWriteAnyway && Convert.ToInt64(await session.QueryAsync("SELECT @@read_only").ConfigureAwait(false), CultureInfo.InvariantCulture) != 0)
        {
            found.Add(new("the server takes no writes, as a replica does", "SET GLOBAL read_only = 0"));
        }

        static bool IsSet(DbDataReader row, int column) => Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture) != 0;
    }

    // What the mover does is tried on nothing: the server checks privileges before it looks at rows. That of triggers, and those of a table that
    // is not there yet, it shows in the catalogue alone.
    private async ValueTask InspectPrivilegesAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables, List<SlotObstacle> found)
    {
        string user = QuoteUser((string)(await session.QueryAsync("SELECT CURRENT_USER()").ConfigureAwait(false))!);
        SlotTable table = shape.Table;
        string schema = await SchemaAsync(session, table.Parts).ConfigureAwait(false);
        (string name, string log) = ($"{Quote(schema)}.{Quote(table.Parts.Name)}", $"{Quote(schema)}.{Quote(table.Log.Name)}");
        List<SlotReference> references = await ReferencesAsync(session, shape, tables).ConfigureAwait(false);
        foreach ((string privilege, string on, string statement) in Tries(await FullNameAsync(session, fences).ConfigureAwait(false), name, Quote(table.SlotColumn), references))
        {
            if (await IsRefusedAsync(session, statement).ConfigureAwait(false))
            {
                found.Add(new($"this user may not {privilege} in {on}", $"GRANT {privilege} ON {on} TO {user}"));
            }
        }

        MySqlGrants grants = await MySqlGrants.ReadAsync(session, schema).ConfigureAwait(false);
        if (!grants.Has("TRIGGER", table.Parts.Name))
        {
            found.Add(new("this user may not create triggers on it", $"GRANT TRIGGER ON {name} TO {user}"));
        }

        // On a table that is not there yet the server grants nothing without CREATE.
        string[] ofLog = ["SELECT", "INSERT", "DELETE", "CREATE", "DROP"];
        string missing = string.Join(", ", ofLog.Where(each => !grants.Has(each, table.Log.Name)));
        if (missing.Length > 0)
        {
            found.Add(new($"this user may not {missing} in the log of its changes, {log}", $"GRANT {string.Join(", ", ofLog)} ON {log} TO {user}"));
        }

        // The catalogue shows foreign keys, also those of the table itself, only to who has more than SELECT in the whole database.
        if (!grants.Has("SELECT") || !grants.Has("REFERENCES"))
        {
            found.Add(new(
                "this user may not see every foreign key and check that has to do with it",
                $"GRANT SELECT, REFERENCES ON {Quote(schema)}.* TO {user}"));
        }
    }

    private static IEnumerable<(string Privilege, string On, string Statement)> Tries(string fences, string name, string slot, List<SlotReference> references) =>
    [
        ("SELECT", name, $"SELECT 1 FROM {name} WHERE FALSE"),
        ("INSERT", name, $"INSERT INTO {name} ({slot}) SELECT 0 FROM DUAL WHERE FALSE"),
        ("UPDATE", name, $"UPDATE {name} SET {slot} = 0 WHERE FALSE"),
        ("DELETE", name, $"DELETE FROM {name} WHERE FALSE"),
        ("UPDATE", fences, $"UPDATE {fences} SET state = 0 WHERE FALSE"),
        ("SELECT", fences + "_moves", $"SELECT 1 FROM {fences}_moves WHERE FALSE"),
        ("INSERT", fences + "_moves", $"INSERT INTO {fences}_moves (move_id, attempt) SELECT '', 0 FROM DUAL WHERE FALSE"),
        ("UPDATE", fences + "_moves", $"UPDATE {fences}_moves SET mover = 0 WHERE FALSE"),
        ("DELETE", fences + "_moves", $"DELETE FROM {fences}_moves WHERE FALSE"),
        .. references.Select(static each => ("SELECT", each.Table, $"SELECT 1 FROM {each.Table} WHERE FALSE")).Distinct(), // where what rows lead to is looked for
    ];

    private static async ValueTask<bool> IsRefusedAsync(SqlSession session, string statement)
    {
        try
        {
            await session.ExecuteAsync(statement).ConfigureAwait(false);
            return false;
        }
        catch (DbException exception) when (!exception.IsTransient)
        {
            return exception.SqlState == AccessRefused; // another error, of a column without a default, comes after
        }
    }
}
