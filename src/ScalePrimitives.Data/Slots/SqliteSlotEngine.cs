using System.Data;
using System.Data.Common;
using System.Globalization;
using System.IO.Hashing;
using System.Text.RegularExpressions;

namespace ScalePrimitives.Data;

/// <summary>SQLite: a transaction that writes has the whole file, so that it is every fence's lock. Values are exchanged as they are, texts as their bytes.</summary>
internal sealed partial class SqliteSlotEngine(SqlEngine sql) : SlotEngine(sql)
{
    public override IsolationLevel Isolation => IsolationLevel.Unspecified;

    protected override int FieldsPerColumn => 2;

    public override SqlTableName CheckName(SqlTableName name, string argument) =>
        name.Schema is null ? name : throw new ArgumentException($"{argument} must be named without a schema, which SQLite has not, but was {name}.", argument);

    public override async ValueTask<SlotSettings> ConfigureAsync(SqlSession session, TimeSpan lockTimeout)
    {
        object? keys = await session.QueryAsync("PRAGMA foreign_keys").ConfigureAwait(false);
        object? synchronous = await session.QueryAsync("PRAGMA synchronous").ConfigureAwait(false);
        await session.ExecuteAsync("PRAGMA foreign_keys = OFF").ConfigureAwait(false);
        return new SlotSettings(Undo: $"PRAGMA foreign_keys = {keys}; PRAGMA synchronous = {synchronous}");
    }

    // A transaction that began as a reader's is refused its first write when anyone has written since, a fence's change among it.
    public override async ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation)
    {
        List<FenceRow> rows = await session.QueryRowsAsync(SelectFence(fences), ReadFence, ("@slot", slot)).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    public override async ValueTask<(TableShape? Shape, string? Problem)> DescribeAsync(SqlSession session, SlotTable table)
    {
        string encoding = (string)(await session.QueryAsync("PRAGMA encoding").ConfigureAwait(false))!; // which the bytes of texts are in
        return Shape(table, await session.QueryRowsAsync(
            """
            SELECT c.name, c.type, c.pk - 1, c.hidden > 1, COALESCE((
              SELECT x.coll FROM pragma_index_list(@table) i, pragma_index_xinfo(i.name) x WHERE i.origin = 'pk' AND x.name = c.name AND x.key = 1), '')
            FROM pragma_table_xinfo(@table) c WHERE c.hidden <> 1 ORDER BY c.cid
            """,
            row => (new TableColumn(row.GetString(0), row.GetString(1), $"{encoding} {row.GetString(4)}"), row.GetInt32(2), row.GetBoolean(3)),
            ("@table", table.Parts.Name)).ConfigureAwait(false));
    }

    public override async ValueTask<bool> HasTableAsync(SqlSession session, SqlTableName table) =>
        await session.QueryAsync("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = @table COLLATE NOCASE", ("@table", table.Name)).ConfigureAwait(false) is not null;

    public override async ValueTask<(long Rows, long Bytes)> EstimateAsync(SqlSession session, SlotTable table)
    {
        long rows = (long)(await session.QueryAsync($"SELECT COUNT(*) FROM {Quote(table)}").ConfigureAwait(false))!;
        long bytes = (long)(await session.QueryAsync("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").ConfigureAwait(false))!;
        return (rows, rows == 0 ? 0 : bytes);
    }

    public override async ValueTask<List<SlotObstacle>> InspectAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        List<SlotObstacle> found = [];
        (string, object?) table = ("@table", shape.Table.Parts.Name);
        if (await session.QueryAsync("SELECT name FROM pragma_table_info(@table) WHERE pk > 0 AND \"notnull\" = 0 LIMIT 1", table).ConfigureAwait(false) is string nullable)
        {
            found.Add(new($"the column {nullable} of the key may be null, which SQLite allows unless it is declared NOT NULL", "Declare it NOT NULL."));
        }

        if (await session.QueryAsync("SELECT name FROM pragma_index_list(@table) WHERE \"unique\" = 1 AND origin <> 'pk' LIMIT 1", table).ConfigureAwait(false) is string unique)
        {
            found.Add(new(
                $"the unique index {unique} lets a REPLACE delete another row, which fires no triggers unless every connection sets recursive_triggers",
                "Drop it."));
        }

        if (await session.QueryAsync(
            $"""
            SELECT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f
            WHERE m.type = 'table' AND f."table" = @table COLLATE NOCASE AND m.name NOT IN ({Names(tables)}) LIMIT 1
            """,
            table).ConfigureAwait(false) is string outside)
        {
            found.Add(new($"a foreign key of the table {outside}, which does not move with it, leads to it", "Move that table with it."));
        }

        string moves = fences + "_moves";
        List<(string Name, string Text)> triggers = await session.QueryRowsAsync(
            $"""
            SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = @table COLLATE NOCASE
              AND name NOT IN ({string.Join(", ", TriggerNames(shape.Table).Select(name => $"'{name}'"))}) AND instr(sql, @moves) = 0
            """,
            static row => (row.GetString(0), row.GetString(1)),
            table,
            ("@moves", moves)).ConfigureAwait(false);
        found.AddRange(triggers
            .Where(trigger => !Event().Match(trigger.Text).Value.Equals("UPDATE", StringComparison.OrdinalIgnoreCase)) // a mover updates nothing
            .Select(trigger => SlotTriggers.Fires(trigger.Name, moves)));
        return found;
    }

    private static string Names(IEnumerable<SlotTable> tables) => string.Join(", ", tables.Select(each => $"'{each.Parts.Name}'"));

    [GeneratedRegex(@"\b(?:INSERT|UPDATE|DELETE)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Event();

    public override async ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows)
    {
        string values = string.Join(", ", shape.Columns.Select((_, c) => $"CASE @t{c} WHEN 1 THEN CAST(@v{c} AS TEXT) ELSE @v{c} END"));
        DbCommand command = session.Command(
            $"INSERT INTO {Quote(shape.Table)} ({List(shape.Columns)}) VALUES ({values}) ON CONFLICT DO NOTHING",
            [.. shape.Columns.SelectMany((_, c) => ((string, object?)[])[($"@t{c}", null), ($"@v{c}", null)])]);
        await using (command.ConfigureAwait(false))
        {
            foreach (object?[] row in rows)
            {
                for (int c = 0; c < row.Length; c++)
                {
                    command.Parameters[2 * c].Value = row[c] is SqliteText ? 1 : 0;
                    command.Parameters[(2 * c) + 1].Value = Bound("", row[c]).Value ?? DBNull.Value;
                }

                await command.ExecuteNonQueryAsync(session.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys)
    {
        IEnumerable<string> rows = keys.Select((key, k) => $"({string.Join(", ", shape.Key.Select((column, c) => Placed(column, $"@k{k}_{c}", key[c])))})");
        return ($"({List(shape.Key)}) IN (VALUES {string.Join(", ", rows)})",
            [.. keys.SelectMany((key, k) => Enumerable.Range(0, shape.KeyLength).Select(c => Bound($"@k{k}_{c}", key[c])))]);
    }

    // SQLite has no hash function, but it is no network away. Row by row: rows may be large.
    public override async ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters)
    {
        (long count, ulong sum) = (0, 0);
        foreach (ulong hash in await session.QueryRowsAsync(SelectAll(shape, condition), row => Hash(ReadRow(row, shape.Columns.Length)), parameters).ConfigureAwait(false))
        {
            (count, sum) = (count + 1, unchecked(sum + hash));
        }

        return (count, sum.ToString(CultureInfo.InvariantCulture));
    }

    public override async ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        await session.QueryRowsAsync(
            SelectAll(shape, condition),
            reader => ReadRow(reader, shape.Columns.Length) is var row ? (row[..shape.KeyLength], Hash(row).ToString(CultureInfo.InvariantCulture)) : default,
            parameters).ConfigureAwait(false);

    public override async ValueTask<List<SlotReference>> ReferencesAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables) => References(await session.QueryRowsAsync(
        $"""
        SELECT f.id, f."table", f."from", COALESCE(f."to", (SELECT p.name FROM pragma_table_info(f."table") p WHERE p.pk = f.seq + 1))
        FROM pragma_foreign_key_list(@table) f WHERE f."table" COLLATE NOCASE NOT IN ({Names(tables)})
        """,
        row => (row.GetInt64(0).ToString(CultureInfo.InvariantCulture), $"to {row.GetString(1)}", Quote(row.GetString(1)), row.GetString(2), row.GetString(3)),
        ("@table", shape.Table.Parts.Name)).ConfigureAwait(false));

    public override async ValueTask<List<string>> DemandsAsync(SqlSession session, SlotTable table)
    {
        List<string> demands = await session.QueryRowsAsync(
            "SELECT name FROM pragma_table_xinfo(@table) WHERE \"notnull\" = 1", static row => $"{row.GetString(0)} NOT NULL", ("@table", table.Parts.Name)).ConfigureAwait(false);
        string definition = (string)(await session.QueryAsync(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = @table COLLATE NOCASE", ("@table", table.Parts.Name)).ConfigureAwait(false))!;
        return [.. demands, .. SqliteChecks.In(definition)];
    }

    protected override string Exchanged(TableColumn column)
    {
        string name = Quote(column.Name);
        return $"typeof({name}) = 'text', CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) ELSE {name} END";
    }

    protected override string Placed(TableColumn column, string parameter, object? value) => value is SqliteText ? $"CAST({parameter} AS TEXT)" : parameter;

    protected override object?[] ReadRow(DbDataReader reader, int columns)
    {
        var row = new object?[columns];
        for (int i = 0; i < columns; i++)
        {
            row[i] = reader.GetValue((2 * i) + 1) switch
            {
                DBNull => null,
                byte[] bytes when reader.GetInt64(2 * i) == 1 => new SqliteText(bytes),
                var value => value,
            };
        }

        return row;
    }

    private string SelectAll(TableShape shape, string condition) => $"SELECT {string.Join(", ", shape.Columns.Select(Exchanged))} FROM {Quote(shape.Table)} WHERE {condition}";

    private static ulong Hash(object?[] row)
    {
        var hash = new XxHash3();
        foreach (object? value in row)
        {
            ReadOnlySpan<byte> bytes = value switch
            {
                null => [],
                long number => BitConverter.GetBytes(number),
                double number => BitConverter.GetBytes(number),
                SqliteText text => text.Bytes,
                byte[] blob => blob,
                _ => throw new InvalidDataException($"SQLite has no values of the type {value.GetType()}."),
            };
            hash.Append([(byte)(value switch { null => 0, long => 1, double => 2, SqliteText => 3, _ => 4 })]);
            hash.Append(BitConverter.GetBytes(bytes.Length)); // so that neighbours cannot trade bytes
            hash.Append(bytes);
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
