using System.Data;
using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>MySQL and MariaDB: fences are locks on their rows, by which a mover that changes them waits for writers; what drivers would convert is exchanged as text, numbers and bytes.</summary>
internal sealed partial class MySqlSlotEngine(SqlEngine sql) : SlotEngine(sql)
{
    private const string TwoTo64 = "18446744073709551616";

    private const long RowOverhead = 4_096; // of a statement with one row's values beside it

    private static readonly string[] Isolations = ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

    public override string End => "KILL CONNECTION_ID()";

    protected override int MaxValues => 10_000; // they all stand in the text of the statement

    public override string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    // While a table is small the server would rather read all of it, and wait for rows of others on the way.
    public override string Update(string table) => $"UPDATE {table} FORCE INDEX (PRIMARY)";

    public override string Delete(string table, string key, IEnumerable<string> values)
    {
        string chosen = string.Join(" UNION ALL SELECT ", values.Select((value, i) => i == 0 ? $"{value} AS {key}" : value));
        return $"DELETE d FROM (SELECT {chosen}) AS chosen STRAIGHT_JOIN {table} AS d FORCE INDEX (PRIMARY) ON d.{key} = chosen.{key}";
    }

    /// <summary>What is set is read before, and set back when the connection is given back: not every pool does so.</summary>
    public override async ValueTask<SlotSettings> ConfigureAsync(SqlSession session, TimeSpan lockTimeout)
    {
        long seconds = Math.Max(1, (long)lockTimeout.TotalSeconds);
        bool isMariaDb = await IsMariaDbAsync(session).ConfigureAwait(false);
        (string Name, string Value)[] settings =
        [
            ("innodb_lock_wait_timeout", $"{seconds}"), ("lock_wait_timeout", $"{seconds}"), ("foreign_key_checks", "0"), ("time_zone", "'+00:00'"),

            // How the driver writes texts depends on one of the modes, which stays as it is.
            ("sql_mode", "CONCAT('STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', IF(FIND_IN_SET('NO_BACKSLASH_ESCAPES', @@sql_mode) > 0, ',NO_BACKSLASH_ESCAPES', ''))"),
            .. isMariaDb ? [("idle_transaction_timeout", "30"), ("max_statement_time", "0")] : (IEnumerable<(string, string)>)[("max_execution_time", "0")],
        ];
        string all = string.Join(", ", settings.Select(each => $"CAST(@@{each.Name}{(IsText(each.Name) ? "" : " + 0")} AS CHAR)"));
        object?[] before = await session.QueryRowAsync($"SELECT {all}", row => ReadRow(row, settings.Length)).ConfigureAwait(false) ?? [];
        string isolation = (string)(await session.QueryAsync(isMariaDb ? "SELECT @@tx_isolation" : "SELECT @@transaction_isolation").ConfigureAwait(false))!;
        string undo = $"SET SESSION TRANSACTION ISOLATION LEVEL {Isolations.Single(each => each.Replace(' ', '-') == isolation)}; "
            + Set(settings.Zip(before, (each, value) => (each.Name, Literal(each.Name, (string)value!))));
        long packet = Convert.ToInt64(await session.QueryAsync("SELECT @@max_allowed_packet").ConfigureAwait(false), CultureInfo.InvariantCulture);
        await CheckLiteralsAsync(session).ConfigureAwait(false);
        await session.ExecuteAsync(Set(settings)).ConfigureAwait(false);
        return new SlotSettings(Undo: undo, MaxBatchBytes: packet / 4, MaxRowBytes: packet - RowOverhead); // what is escaped grows to the double of it

        static string Set(IEnumerable<(string Name, string Value)> values) => "SET SESSION " + string.Join(", ", values.Select(each => $"{each.Name} = {each.Value}"));
    }

    // A read without a lock would give what the transaction's snapshot had.
    public override async ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation)
    {
        List<FenceRow> rows = await session.QueryRowsAsync(SelectFence(fences) + " LOCK IN SHARE MODE", ReadFence, ("@slot", slot)).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    // Each lock that it waits for has a limit of its own, in whole seconds; MariaDB has one for the statement too, and reads the comment.
    public override ValueTask LimitAsync(SqlSession session, TimeSpan limit) => SetLimitAsync(session, limit);

    public override ValueTask UnlimitAsync(SqlSession session) => SetLimitAsync(session, TimeSpan.Zero);

    private static async ValueTask SetLimitAsync(SqlSession session, TimeSpan limit) =>
        await session.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET SESSION lock_wait_timeout = @@lock_wait_timeout /*M!, max_statement_time = {limit.TotalSeconds:0.######} */")).ConfigureAwait(false);

    public override async ValueTask<(TableShape? Shape, string? Problem)> DescribeAsync(SqlSession session, SlotTable table) => Shape(table, await session.QueryRowsAsync(
        $"""
        SELECT c.COLUMN_NAME, c.COLUMN_TYPE, IFNULL(s.SEQ_IN_INDEX, 0) - 1, IFNULL(c.GENERATION_EXPRESSION, '') <> '',
          IFNULL(IF(s.SEQ_IN_INDEX IS NULL, c.CHARACTER_SET_NAME, c.COLLATION_NAME), '')
        FROM information_schema.COLUMNS c LEFT JOIN information_schema.STATISTICS s
          ON s.TABLE_SCHEMA = c.TABLE_SCHEMA AND BINARY s.TABLE_NAME = BINARY c.TABLE_NAME AND s.COLUMN_NAME = c.COLUMN_NAME AND s.INDEX_NAME = 'PRIMARY'
        WHERE c.TABLE_SCHEMA = {Schema(table)} AND {Named("c.TABLE_NAME")} ORDER BY c.ORDINAL_POSITION
        """,
        static row => (
            new TableColumn(row.GetString(0), row.GetString(1), row.GetString(4)),
            Convert.ToInt32(row.GetValue(2), CultureInfo.InvariantCulture),
            Convert.ToInt64(row.GetValue(3), CultureInfo.InvariantCulture) != 0),
        ("@table", table.Parts.Name)).ConfigureAwait(false));

    public override async ValueTask<bool> HasTableAsync(SqlSession session, SqlTableName table) => await session.QueryAsync(
        $"SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {(table.Schema is null ? "DATABASE()" : $"'{table.Schema}'")} AND {Named("TABLE_NAME")}", ("@table", table.Name)).ConfigureAwait(false) is not null;

    public override async ValueTask<(long Rows, long Bytes)> EstimateAsync(SqlSession session, SlotTable table) => await session.QueryRowAsync(
        $"SELECT IFNULL(TABLE_ROWS, 0), IFNULL(DATA_LENGTH, 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = {Schema(table)} AND {Named("TABLE_NAME")}",
        static row => (Convert.ToInt64(row.GetValue(0), CultureInfo.InvariantCulture), Convert.ToInt64(row.GetValue(1), CultureInfo.InvariantCulture)),
        ("@table", table.Parts.Name)).ConfigureAwait(false);

    public override async ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows)
    {
        string places = string.Join(", ", rows.Select((row, r) => $"({string.Join(", ", row.Select((_, c) => $"@v{r}_{c}"))})"));
        (string table, string slot) = (Quote(shape.Table), Quote(shape.Table.SlotColumn));
        DbCommand command = session.Command(
            $"INSERT INTO {table} ({List(shape.Columns)}) VALUES {places} ON DUPLICATE KEY UPDATE {slot} = {table}.{slot}",
            [.. rows.SelectMany((row, r) => row.Select((value, c) => ($"@v{r}_{c}", value)))]);
        await using (command.ConfigureAwait(false))
        {
            if (rows.Count == 1)
            {
                await command.PrepareAsync(session.CancellationToken).ConfigureAwait(false); // its values go beside the text: a large one fits that would not as a text
            }

            await command.ExecuteNonQueryAsync(session.CancellationToken).ConfigureAwait(false);
        }
    }

    // A statement a key: by several at once a small table is read as a whole, and rows of others are waited for.
    public override async ValueTask DeleteRowsAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> keys)
    {
        (_, (string Name, object? Value)[] parameters) = ByKeys(shape, keys);
        await session.ExecuteAsync(string.Join("; ", keys.Select((_, k) => $"DELETE FROM {Quote(shape.Table)} WHERE {ByKey(shape, k)}")), parameters).ConfigureAwait(false);
    }

    // Each key spelt out: rows of values in a list are not found by the index.
    public override (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys) =>
        ($"({string.Join(" OR ", keys.Select((_, k) => ByKey(shape, k)))})",
            [.. keys.SelectMany((key, k) => Enumerable.Range(0, shape.KeyLength).Select(c => ($"@k{k}_{c}", key[c])))]);

    private string ByKey(TableShape shape, int k) => $"({string.Join(" AND ", shape.Key.Select((column, c) => $"{Quote(column.Name)} = @k{k}_{c}"))})";

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

    public override async ValueTask<List<SlotReference>> ReferencesAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables) => References(await session.QueryRowsAsync(
        $"""
        SELECT CONSTRAINT_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
        WHERE TABLE_SCHEMA = {Schema(shape.Table)} AND {Named("TABLE_NAME")} AND REFERENCED_TABLE_NAME IS NOT NULL
          AND (REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME) NOT IN ({Pairs(tables)})
        """,
        row => (row.GetString(0), row.GetString(0), $"{Quote(row.GetString(1))}.{Quote(row.GetString(2))}", row.GetString(3), row.GetString(4)),
        ("@table", shape.Table.Parts.Name)).ConfigureAwait(false));

    // Names of checks are a schema's own on MySQL, and a table's on MariaDB, which says what table it is.
    public override async ValueTask<List<string>> DemandsAsync(SqlSession session, SlotTable table)
    {
        string checks = await IsMariaDbAsync(session).ConfigureAwait(false)
            ? $"information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = {Schema(table)} AND {Named("TABLE_NAME")}"
            : $"""
                information_schema.CHECK_CONSTRAINTS JOIN information_schema.TABLE_CONSTRAINTS USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME)
                WHERE CONSTRAINT_SCHEMA = {Schema(table)} AND {Named("TABLE_NAME")}
                """;
        return await session.QueryRowsAsync(
            $"""
            SELECT CONCAT(COLUMN_NAME, ' NOT NULL') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {Schema(table)} AND {Named("TABLE_NAME")} AND IS_NULLABLE = 'NO'
            UNION ALL SELECT CONCAT('CHECK (', CHECK_CLAUSE, ')') FROM {checks}
            """,
            static row => row.GetString(0),
            ("@table", table.Parts.Name)).ConfigureAwait(false);
    }

    protected override string Exchanged(TableColumn column) => Kind(column) switch
    {
        Kinds.Whole => $"CAST({Quote(column.Name)} AS {(column.Type.Contains("unsigned", StringComparison.Ordinal) ? "UNSIGNED" : "SIGNED")})",
        Kinds.Bits => $"CAST({Quote(column.Name)} + 0 AS UNSIGNED)",
        Kinds.Real => $"CAST({Quote(column.Name)} AS DOUBLE)", // a FLOAT is written with six digits else
        Kinds.Bytes or Kinds.Long => Quote(column.Name), // a function's result is no larger than a packet
        _ => $"CAST({Quote(column.Name)} AS CHAR)",
    };

    // Piece by piece: of a row as one text, larger than a packet, nothing would be left.
    private string HashOf(TableShape shape)
    {
        IEnumerable<string> values = shape.Columns.Select(column => Kind(column) is Kinds.Bytes or Kinds.Long ? Quote(column.Name) : $"CAST({Exchanged(column)} AS CHAR)");
        return $"CAST(CONV(LEFT(MD5(CONCAT_WS('|', {string.Join(", ", values.Select(value => $"IFNULL(MD5({value}), '~')"))})), 16), 16, 10) AS DECIMAL(20))";
    }

    // A driver that escapes what the session does not, or the other way round, sends another text than it was given; a text of a row could be read as a statement.
    private static async ValueTask CheckLiteralsAsync(SqlSession session)
    {
        const string Disagree = "The session's sql_mode and the driver disagree about backslashes in texts (NO_BACKSLASH_ESCAPES): set the driver's option for it, NoBackslashEscapes in MySqlConnector, as the server has the mode.";
        object? came;
        try
        {
            came = await session.QueryAsync("SELECT @probe", ("@probe", "\\")).ConfigureAwait(false);
        }
        catch (DbException exception) when (!exception.IsTransient)
        {
            throw new InvalidOperationException(Disagree, exception);
        }

        if (came is not "\\")
        {
            throw new InvalidOperationException(Disagree);
        }
    }

    // What the server says of itself, and nothing that could end the quotes.
    private static string Literal(string name, string value) => !IsText(name)
        ? decimal.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
        : value.All(c => char.IsAsciiLetterOrDigit(c) || "_,+-:/ ".Contains(c, StringComparison.Ordinal)) ? $"'{value}'" : throw new InvalidOperationException($"The session has an unknown {name}: {value}.");

    private static bool IsText(string setting) => setting is "time_zone" or "sql_mode";

    private static async ValueTask<bool> IsMariaDbAsync(SqlSession session) =>
        ((string?)await session.QueryAsync("SELECT VERSION()").ConfigureAwait(false))!.Contains("MariaDB", StringComparison.Ordinal);

    private static string Schema(SlotTable table) => table.Parts.Schema is { } schema ? $"'{schema}'" : "DATABASE()";

    // The catalogue does not tell the case of names apart, as some servers do.
    private static string Named(string column) => $"{column} = @table AND (BINARY {column} = @table OR @@lower_case_table_names > 0)";

    private static string Pairs(IEnumerable<SlotTable> tables) => string.Join(", ", tables.Select(table => $"({Schema(table)}, '{table.Parts.Name}')"));

    private static Kinds Kind(TableColumn column) => new string([.. column.Type.TakeWhile(char.IsAsciiLetter)]) switch
    {
        "tinyint" or "smallint" or "mediumint" or "int" or "bigint" => Kinds.Whole,
        "bit" or "enum" or "set" => Kinds.Bits,
        "float" or "double" => Kinds.Real,
        "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" => Kinds.Long,
        "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob" => Kinds.Bytes,
        "geometry" or "point" or "linestring" or "polygon" => Kinds.Bytes,
        "multipoint" or "multilinestring" or "multipolygon" or "geometrycollection" or "geomcollection" => Kinds.Bytes,
        _ => Kinds.Text,
    };

    private enum Kinds
    {
        Text,
        Long,
        Whole,
        Bits,
        Real,
        Bytes,
    }
}
