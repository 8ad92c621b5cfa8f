using System.Data;
using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>MySQL and MariaDB: fences are locks on their rows; what drivers would convert is exchanged as text, numbers and bytes.</summary>
internal sealed class MySqlSlotEngine(SqlEngine sql) : SlotEngine(sql)
{
    private const string TwoTo64 = "18446744073709551616";

    protected override int MaxValues => 10_000; // they all stand in the text of the statement

    public override string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    public override async ValueTask<string?> ConfigureAsync(SqlSession session, TimeSpan lockTimeout)
    {
        long seconds = Math.Max(1, (long)lockTimeout.TotalSeconds);
        string idle = ((string?)await session.QueryAsync("SELECT VERSION()").ConfigureAwait(false))!.Contains("MariaDB", StringComparison.Ordinal) ? ", idle_transaction_timeout = 30" : "";
        await session.ExecuteAsync($"SET SESSION innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}{idle}, foreign_key_checks = 0, time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'").ConfigureAwait(false);
        return null;
    }

    // A read without a lock would give what the transaction's snapshot had.
    public override async ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation)
    {
        List<FenceRow> rows = await session.QueryRowsAsync(SelectFence(fences) + " LOCK IN SHARE MODE", ReadFence, ("@slot", slot)).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    public override async ValueTask LockAsync(SqlSession session, string fences, IReadOnlyList<int> slots) =>
        await session.QueryRowsAsync($"SELECT slot FROM {fences} WHERE slot IN ({string.Join(',', slots)}) ORDER BY slot FOR UPDATE", static row => row.GetInt32(0)).ConfigureAwait(false);

    public override async ValueTask<TableShape?> DescribeAsync(SqlSession session, SlotTable table) => Shape(table, await session.QueryRowsAsync(
        """
        SELECT c.COLUMN_NAME, c.COLUMN_TYPE, IFNULL(s.SEQ_IN_INDEX, 0) - 1
        FROM information_schema.COLUMNS c LEFT JOIN information_schema.STATISTICS s ON s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME AND s.COLUMN_NAME = c.COLUMN_NAME AND s.INDEX_NAME = 'PRIMARY'
        WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = @table AND IFNULL(c.GENERATION_EXPRESSION, '') = '' ORDER BY c.ORDINAL_POSITION
        """,
        static row => (new TableColumn(row.GetString(0), row.GetString(1)), Convert.ToInt32(row.GetValue(2), CultureInfo.InvariantCulture)),
        ("@table", table.Name)).ConfigureAwait(false));

    public override async ValueTask<string?> FindObstacleAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        (string, object?) table = ("@table", shape.Table.Name);
        if (shape.Key.FirstOrDefault(column => Kind(column) is Kinds.Real || column.Type.StartsWith("decimal", StringComparison.Ordinal)) is { Name: not null } inexact)
        {
            return $"the key has the column {inexact.Name} of the type {inexact.Type}, by which rows are not found again surely";
        }

        if (await session.QueryAsync("SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = @table", table).ConfigureAwait(false) is not "InnoDB")
        {
            return "it is not of the engine InnoDB";
        }

        if (await session.QueryAsync("SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = @table AND NON_UNIQUE = 0 GROUP BY INDEX_NAME HAVING SUM(COLUMN_NAME = @slot) = 0 LIMIT 1", table, ("@slot", shape.Table.SlotColumn)).ConfigureAwait(false) is string unique)
        {
            return $"the unique index {unique} has not the slot column, so that rows of two slots could collide";
        }

        string moving = string.Join(", ", tables.Select(each => $"'{each.Name}'"));
        if (await session.QueryAsync($"SELECT CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = @table AND TABLE_NAME NOT IN ({moving}) LIMIT 1", table).ConfigureAwait(false) is string outside)
        {
            return $"the foreign key {outside} of a table that does not move with it leads to it";
        }

        return await session.QueryAsync("SELECT CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = @table AND (DELETE_RULE IN ('CASCADE', 'SET NULL') OR UPDATE_RULE IN ('CASCADE', 'SET NULL')) LIMIT 1", table).ConfigureAwait(false) is string cascade
            ? $"the foreign key {cascade} cascades, and what it changes fires no triggers here, so that changes would be missed"
            : null;
    }

    public override async ValueTask InstallAsync(SqlSession session, string fences, TableShape shape)
    {
        (string table, string slot) = (Quote(shape.Table.Name), Quote(shape.Table.SlotColumn));
        long installed = Convert.ToInt64(await session.QueryAsync("SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = @table AND TRIGGER_NAME IN (@i, @u, @d)", ("@table", shape.Table.Name), ("@i", shape.Table.Name + "_slot_i"), ("@u", shape.Table.Name + "_slot_u"), ("@d", shape.Table.Name + "_slot_d")).ConfigureAwait(false), CultureInfo.InvariantCulture);
        if (installed == 3)
        {
            return;
        }

        await session.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {Quote(shape.Log)} (change_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE = InnoDB SELECT {List(shape.Key)} FROM {table} WHERE FALSE").ConfigureAwait(false);
        string same = string.Join(" AND ", shape.Key.Select(column => $"NEW.{Quote(column.Name)} = OLD.{Quote(column.Name)}"));
        string keepsSlot = $"IF NEW.{slot} <> OLD.{slot} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'A row of {shape.Table.Name} cannot change its slot.'; END IF;";
        await session.ExecuteAsync(Trigger(fences, shape, "INSERT", "i", "NEW", "", Note("NEW"))).ConfigureAwait(false);
        await session.ExecuteAsync(Trigger(fences, shape, "DELETE", "d", "OLD", "", Note("OLD"))).ConfigureAwait(false);
        await session.ExecuteAsync(Trigger(fences, shape, "UPDATE", "u", "OLD", keepsSlot, $"{Note("OLD")} IF NOT ({same}) THEN {Note("NEW")} END IF;")).ConfigureAwait(false);

        string Note(string row) => $"INSERT INTO {Quote(shape.Log)} ({List(shape.Key)}) VALUES ({List(shape.Key, row + ".")});";
    }

    public override async ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows)
    {
        string places = string.Join(", ", rows.Select((row, r) => $"({string.Join(", ", row.Select((_, c) => $"@v{r}_{c}"))})"));
        string slot = Quote(shape.Table.SlotColumn);
        await session.ExecuteAsync(
            $"INSERT INTO {Quote(shape.Table.Name)} ({List(shape.Columns)}) VALUES {places} ON DUPLICATE KEY UPDATE {slot} = {Quote(shape.Table.Name)}.{slot}",
            [.. rows.SelectMany((row, r) => row.Select((value, c) => ($"@v{r}_{c}", value)))]).ConfigureAwait(false);
    }

    // Each key spelt out: rows of values in a list are not found by the index.
    public override (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys) =>
        ($"({string.Join(" OR ", keys.Select((_, k) => $"({string.Join(" AND ", shape.Key.Select((column, c) => $"{Quote(column.Name)} = @k{k}_{c}"))})"))})",
            [.. keys.SelectMany((key, k) => Enumerable.Range(0, shape.KeyLength).Select(c => ($"@k{k}_{c}", key[c])))]);

    // Spelt out as well: (a > 1) OR (a = 1 AND b > 2), whose last part alone may be equal.
    public override (string Condition, (string Name, object? Value)[] Parameters) Compare(TableShape shape, string comparison, object?[] key, string prefix)
    {
        TableColumn[] rest = shape.Key[1..];
        IEnumerable<string> parts = rest.Select((column, i) =>
        {
            IEnumerable<string> equal = rest.Take(i).Select((before, j) => $"{Quote(before.Name)} = @{prefix}{j}");
            string strict = i == rest.Length - 1 ? comparison : comparison[..1];
            return $"({string.Join(" AND ", equal.Append($"{Quote(column.Name)} {strict} @{prefix}{i}"))})";
        });
        return ($"({string.Join(" OR ", parts)})", [.. rest.Select((_, i) => ($"@{prefix}{i}", key[i + 1]))]);
    }

    public override ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        SumAsync(session, shape, HashOf(shape), $"CAST(MOD(COALESCE(SUM(h), 0), {TwoTo64}) AS CHAR)", condition, parameters);

    public override ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        HashesAsync(session, shape, HashOf(shape), condition, parameters);

    protected override string Exchanged(TableColumn column) => Kind(column) switch
    {
        Kinds.Whole => $"CAST({Quote(column.Name)} AS {(column.Type.Contains("unsigned", StringComparison.Ordinal) ? "UNSIGNED" : "SIGNED")})",
        Kinds.Bits => $"CAST({Quote(column.Name)} + 0 AS UNSIGNED)",
        Kinds.Real => $"CAST({Quote(column.Name)} AS DOUBLE)", // a FLOAT is written with six digits else
        Kinds.Bytes => Quote(column.Name),
        _ => $"CAST({Quote(column.Name)} AS CHAR)",
    };

    private string HashOf(TableShape shape)
    {
        IEnumerable<string> values = shape.Columns.Select(column => Kind(column) == Kinds.Bytes ? $"HEX({Quote(column.Name)})" : $"CAST({Exchanged(column)} AS CHAR)");
        return $"CAST(CONV(LEFT(MD5(CONCAT_WS('|', {string.Join(", ", values.Select(value => $"IFNULL(CONCAT(LENGTH({value}), ':', {value}), '~')"))})), 16), 16, 10) AS DECIMAL(20))";
    }

    // A trigger's read with a lock sees what is there now, and holds the fence as a writer's own check does.
    private string Trigger(string fences, TableShape shape, string change, string suffix, string row, string before, string note) => $"""
        CREATE TRIGGER {Quote($"{shape.Table.Name}_slot_{suffix}")} AFTER {change} ON {Quote(shape.Table.Name)} FOR EACH ROW BEGIN
          DECLARE fence_state SMALLINT DEFAULT -1;
          {before}
          SELECT state INTO fence_state FROM {fences} WHERE slot = {row}.{Quote(shape.Table.SlotColumn)} LOCK IN SHARE MODE;
          IF fence_state = {(int)FenceState.Copying} THEN {note}
          ELSEIF fence_state NOT IN ({(int)FenceState.Owned}, {(int)FenceState.Ready}) AND NOT EXISTS (SELECT 1 FROM {fences} f JOIN {fences}_moves m ON m.move_id = f.move_id WHERE f.slot = {row}.{Quote(shape.Table.SlotColumn)} AND m.mover = 1)
          THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The slot refuses writes on this shard.';
          END IF;
        END
        """;

    private static Kinds Kind(TableColumn column) => new string([.. column.Type.TakeWhile(char.IsAsciiLetter)]) switch
    {
        "tinyint" or "smallint" or "mediumint" or "int" or "bigint" => Kinds.Whole,
        "bit" => Kinds.Bits,
        "float" or "double" => Kinds.Real,
        "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob" or "geometry" or "point" or "linestring" or "polygon" or "multipoint" or "multilinestring" or "multipolygon" or "geometrycollection" or "geomcollection" => Kinds.Bytes,
        _ => Kinds.Text,
    };

    private enum Kinds
    {
        Text,
        Whole,
        Bits,
        Real,
        Bytes,
    }
}
