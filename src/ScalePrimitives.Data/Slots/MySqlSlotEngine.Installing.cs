using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

// What stays on a shard: three triggers and the log.
internal sealed partial class MySqlSlotEngine
{
    private const int InstallSeconds = 1;

    public override async ValueTask<bool> InstallAsync(SlotSide side, string fences, TableShape shape, string? definer)
    {
        SqlSession session = side.Session;
        (string Name, string Event, string Body)[] triggers = Triggers(await FullNameAsync(session, fences).ConfigureAwait(false), shape);

        // The user of the connection, unless another is named: one who was dropped, and has left triggers, is replaced.
        definer ??= (string)(await session.QueryAsync("SELECT CURRENT_USER()").ConfigureAwait(false))!;

        // Statements that create things commit by themselves here, so that no transaction keeps two who install apart. The lock comes before the
        // first look: whoever takes them away may have looked at the fences before they were claimed.
        if (!await TryLockAsync(session, fences).ConfigureAwait(false))
        {
            return false;
        }

        try
        {
            if (!await IsInstalledAsync(session, shape, triggers, definer).ConfigureAwait(false))
            {
                await CreateLogAsync(session, fences, shape).ConfigureAwait(false);
                await CreateTriggersAsync(session, fences, shape.Table, triggers, definer).ConfigureAwait(false);
            }

            return true;
        }
        catch (DbException exception) when (exception.IsTransient)
        {
            return false; // something holds the table; what is installed by now is replaced, or kept, next time
        }
        finally
        {
            await UnlockAsync(session, fences).ConfigureAwait(false);
        }
    }

    public override async ValueTask UninstallAsync(SlotSide side, string fences, SlotTable table)
    {
        SqlSession session = side.Session;
        if (!await TryLockAsync(session, fences).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"The triggers of {table.Name} are being installed by another: try again.");
        }

        try
        {
            // Whoever moves has claimed its slots before it asks for the lock.
            if (await IsMovingAsync(session, fences).ConfigureAwait(false))
            {
                throw Moving(table);
            }

            foreach (string name in TriggerNames(table))
            {
                await session.ExecuteAsync($"DROP TRIGGER IF EXISTS {Quote(table.Parts with { Name = name })}").ConfigureAwait(false);
            }

            await session.ExecuteAsync($"DROP TABLE IF EXISTS {Quote(table.Log)}").ConfigureAwait(false);
        }
        finally
        {
            await UnlockAsync(session, fences).ConfigureAwait(false);
        }
    }

    private static string[] TriggerNames(SlotTable table) => [table.Parts.Name + "_slot_i", table.Parts.Name + "_slot_d", table.Parts.Name + "_slot_u"];

    // A trigger looks for tables in the database of its own table, which need not be that of the fences.
    private async ValueTask<string> FullNameAsync(SqlSession session, string fences)
    {
        SqlTableName name = SqlTableName.Parse(fences, nameof(fences));
        return $"{Quote(await SchemaAsync(session, name).ConfigureAwait(false))}.{name.Name}";
    }

    private static async ValueTask<string> SchemaAsync(SqlSession session, SqlTableName table) =>
        table.Schema ?? (string)(await session.QueryAsync("SELECT DATABASE()").ConfigureAwait(false))!;

    private static string QuoteUser(string user)
    {
        int at = user.LastIndexOf('@');
        return $"'{Literal(user[..at])}'@'{Literal(user[(at + 1)..])}'";

        static string Literal(string text) => text.Replace("'", "''", StringComparison.Ordinal);
    }

    private static string LockName(string fences) => $"CONCAT(LEFT(MD5(DATABASE()), 16), '.{fences}')";

    private static async ValueTask<bool> TryLockAsync(SqlSession session, string fences) =>
        await session.QueryAsync($"SELECT GET_LOCK({LockName(fences)}, {InstallSeconds})").ConfigureAwait(false) is { } got and not DBNull && Convert.ToInt64(got, CultureInfo.InvariantCulture) == 1;

    private static async ValueTask UnlockAsync(SqlSession session, string fences) =>
        await new SqlSession(session.Connection, CancellationToken.None).QueryAsync($"SELECT RELEASE_LOCK({LockName(fences)})").ConfigureAwait(false);

    private async ValueTask<bool> IsInstalledAsync(SqlSession session, TableShape shape, (string Name, string Event, string Body)[] triggers, string definer)
    {
        List<(string Name, string Body, string Definer)> installed = await session.QueryRowsAsync(
            $"""
            SELECT TRIGGER_NAME, ACTION_STATEMENT, DEFINER FROM information_schema.TRIGGERS
            WHERE EVENT_OBJECT_SCHEMA = {Schema(shape.Table)} AND {Named("EVENT_OBJECT_TABLE")}
            """,
            static row => (row.GetString(0), row.GetString(1), row.GetString(2)),
            ("@table", shape.Table.Parts.Name)).ConfigureAwait(false);
        return triggers.All(trigger => installed.Any(each => each.Name == trigger.Name && each.Body.Contains(DigestOf(trigger.Body), StringComparison.Ordinal) && each.Definer == definer))
            && await HasTableAsync(session, shape.Table.Log).ConfigureAwait(false)
            && (await LogColumnsAsync(session, shape.Table).ConfigureAwait(false)).SequenceEqual(await KeyColumnsAsync(session, shape).ConfigureAwait(false));
    }

    private async ValueTask CreateLogAsync(SqlSession session, string fences, TableShape shape)
    {
        List<TableColumn> log = await LogColumnsAsync(session, shape.Table).ConfigureAwait(false);
        if (log.Count > 0 && !log.SequenceEqual(await KeyColumnsAsync(session, shape).ConfigureAwait(false)))
        {
            if (await IsNotingAsync(session, fences).ConfigureAwait(false))
            {
                throw Noting(shape.Table);
            }

            await session.ExecuteAsync($"DROP TABLE {Quote(shape.Table.Log)}").ConfigureAwait(false);
        }

        await session.ExecuteAsync($"""
            CREATE TABLE IF NOT EXISTS {Quote(shape.Table.Log)} (change_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE = InnoDB
            SELECT {List(shape.Key)} FROM {Quote(shape.Table)} WHERE FALSE
            """).ConfigureAwait(false);
    }

    private static ValueTask<List<TableColumn>> LogColumnsAsync(SqlSession session, SlotTable table) => ColumnsAsync(session, table, table.Log.Name, "COLUMN_NAME <> 'change_id'");

    // By the table's own order, in which the statement that creates the log names them too.
    private static async ValueTask<List<TableColumn>> KeyColumnsAsync(SqlSession session, TableShape shape)
    {
        List<TableColumn> all = await ColumnsAsync(session, shape.Table, shape.Table.Parts.Name, "TRUE").ConfigureAwait(false);
        return [.. shape.Key.Select(column => all.First(each => each.Name == column.Name))];
    }

    private static async ValueTask<List<TableColumn>> ColumnsAsync(SqlSession session, SlotTable table, string name, string condition) => await session.QueryRowsAsync(
        $"""
        SELECT COLUMN_NAME, COLUMN_TYPE, IFNULL(COLLATION_NAME, '') FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = {Schema(table)} AND {Named("TABLE_NAME")} AND {condition} ORDER BY ORDINAL_POSITION
        """,
        static row => new TableColumn(row.GetString(0), row.GetString(1), row.GetString(2)),
        ("@table", name)).ConfigureAwait(false);

    private async ValueTask CreateTriggersAsync(SqlSession session, string fences, SlotTable table, (string Name, string Event, string Body)[] triggers, string definer)
    {
        bool replaces = await IsMariaDbAsync(session).ConfigureAwait(false);
        string by = $"DEFINER = {QuoteUser(definer)} ";
        foreach ((string name, string change, string body) in triggers)
        {
            string trigger = Quote(table.Parts with { Name = name });
            if (!replaces)
            {
                // For a moment there is none, in which a change would not be noted.
                bool isThere = await session.QueryAsync(
                    $"SELECT 1 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {Schema(table)} AND TRIGGER_NAME = @name", ("@name", name)).ConfigureAwait(false) is not null;
                if (isThere && await IsNotingAsync(session, fences).ConfigureAwait(false))
                {
                    throw Noting(table);
                }

                await session.ExecuteAsync($"DROP TRIGGER IF EXISTS {trigger}").ConfigureAwait(false);
            }

            await session.ExecuteAsync($"CREATE {(replaces ? "OR REPLACE " : "")}{by}TRIGGER {trigger} AFTER {change} ON {Quote(table)} FOR EACH ROW fence_{DigestOf(body)}: BEGIN {body} END").ConfigureAwait(false);
        }
    }

    private (string Name, string Event, string Body)[] Triggers(string fences, TableShape shape)
    {
        string[] names = TriggerNames(shape.Table);
        string slot = Quote(shape.Table.SlotColumn);
        string same = string.Join(" AND ", shape.Key.Select(column => column.Collation.Length == 0
            ? $"NEW.{Quote(column.Name)} = OLD.{Quote(column.Name)}"
            : $"BINARY NEW.{Quote(column.Name)} = BINARY OLD.{Quote(column.Name)}"));
        string keepsSlot = $"IF NEW.{slot} <> OLD.{slot} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A row of {shape.Table.Name} cannot change its slot.'; END IF;";
        return
        [
            (names[0], "INSERT", Body("NEW", "", Note("NEW"))),
            (names[1], "DELETE", Body("OLD", "", Note("OLD"))),
            (names[2], "UPDATE", Body("OLD", keepsSlot, $"{Note("OLD")} IF NOT ({same}) THEN {Note("NEW")} END IF;")),
        ];

        string Note(string row) => $"INSERT INTO {Quote(shape.Table.Log)} ({List(shape.Key)}) VALUES ({List(shape.Key, row + ".")});";

        // A trigger's read with a lock sees what is there now, and is committed, whatever the writer's isolation; and holds the fence as a writer's own check does.
        string Body(string row, string before, string note) => $"""
            DECLARE fence_state SMALLINT DEFAULT -1;
              DECLARE movers INT DEFAULT 0;
              {before}
              SELECT state INTO fence_state FROM {fences} WHERE slot = {row}.{slot} LOCK IN SHARE MODE;
              IF fence_state = {(int)FenceState.Copying} THEN {note}
              ELSEIF fence_state NOT IN ({(int)FenceState.Owned}, {(int)FenceState.Ready}) THEN
                SELECT COUNT(*) INTO movers FROM {fences} f JOIN {fences}_moves m ON m.move_id = f.move_id WHERE f.slot = {row}.{slot} AND m.mover = 1 LOCK IN SHARE MODE;
                IF movers = 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The slot refuses writes on this shard.'; END IF;
              END IF;
            """;
    }
}
