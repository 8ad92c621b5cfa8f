using System.Data;
using System.Data.Common;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace ScalePrimitives.Data;

/// <summary>SQLite: a transaction that writes has the whole file, so that it is every fence's lock. Values are exchanged as they are.</summary>
internal sealed class SqliteSlotEngine(SqlEngine sql) : SlotEngine(sql)
{
    public override IsolationLevel Isolation => IsolationLevel.Unspecified;

    public override async ValueTask<string?> ConfigureAsync(SqlSession session, TimeSpan lockTimeout)
    {
        object? were = await session.QueryAsync("PRAGMA foreign_keys").ConfigureAwait(false);
        await session.ExecuteAsync("PRAGMA foreign_keys = OFF").ConfigureAwait(false);
        return $"PRAGMA foreign_keys = {were}";
    }

    // A transaction that began as a reader's is refused its first write when anyone has written since, a fence's change among it.
    public override async ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation)
    {
        List<FenceRow> rows = await session.QueryRowsAsync(SelectFence(fences), ReadFence, ("@slot", slot)).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    public override ValueTask LockAsync(SqlSession session, string fences, IReadOnlyList<int> slots) => ValueTask.CompletedTask;

    public override async ValueTask<TableShape?> DescribeAsync(SqlSession session, SlotTable table) => Shape(table, await session.QueryRowsAsync(
        "SELECT name, type, pk - 1 FROM pragma_table_xinfo(@table) WHERE hidden = 0 ORDER BY cid",
        static row => (new TableColumn(row.GetString(0), row.GetString(1)), row.GetInt32(2)),
        ("@table", table.Name)).ConfigureAwait(false));

    public override async ValueTask<string?> FindObstacleAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        (string, object?) table = ("@table", shape.Table.Name);
        if (await session.QueryAsync("SELECT name FROM pragma_table_info(@table) WHERE pk > 0 AND \"notnull\" = 0 LIMIT 1", table).ConfigureAwait(false) is string nullable)
        {
            return $"the column {nullable} of the key may be null, which SQLite allows unless it is declared NOT NULL";
        }

        if (await session.QueryAsync("SELECT name FROM pragma_index_list(@table) WHERE \"unique\" = 1 AND origin <> 'pk' LIMIT 1", table).ConfigureAwait(false) is string unique)
        {
            return $"the unique index {unique} lets a REPLACE delete another row, which fires no triggers unless every connection sets recursive_triggers";
        }

        string moving = string.Join(", ", tables.Select(each => $"'{each.Name}'"));
        return await session.QueryAsync($"SELECT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.\"table\" = @table COLLATE NOCASE AND m.name NOT IN ({moving}) LIMIT 1", table).ConfigureAwait(false) is string outside
            ? $"a foreign key of the table {outside}, which does not move with it, leads to it"
            : null;
    }

    public override async ValueTask InstallAsync(SqlSession session, string fences, TableShape shape)
    {
        string slot = Quote(shape.Table.SlotColumn);
        await session.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {Quote(shape.Log)} (change_id INTEGER PRIMARY KEY AUTOINCREMENT, {List(shape.Key)})").ConfigureAwait(false);
        await session.ExecuteAsync(Trigger("INSERT", "i", "NEW", Note("NEW", "TRUE"))).ConfigureAwait(false);
        await session.ExecuteAsync(Trigger("DELETE", "d", "OLD", Note("OLD", "TRUE"))).ConfigureAwait(false);
        string keepsSlot = $"SELECT RAISE(ABORT, 'A row of {shape.Table.Name} cannot change its slot.') WHERE NEW.{slot} <> OLD.{slot};";
        await session.ExecuteAsync(Trigger("UPDATE", "u", "OLD", $"{keepsSlot} {Note("OLD", "TRUE")} {Note("NEW", $"({List(shape.Key, "NEW.")}) <> ({List(shape.Key, "OLD.")})")}")).ConfigureAwait(false);

        string Note(string row, string condition) =>
            $"INSERT INTO {Quote(shape.Log)} ({List(shape.Key)}) SELECT {List(shape.Key, row + ".")} FROM {fences} WHERE slot = {row}.{slot} AND state = {(int)FenceState.Copying} AND {condition};";

        string Trigger(string change, string suffix, string row, string body) => $"""
            CREATE TRIGGER IF NOT EXISTS {Quote($"{shape.Table.Name}_slot_{suffix}")} AFTER {change} ON {Quote(shape.Table.Name)} BEGIN
              SELECT RAISE(ABORT, 'The slot refuses writes on this shard.') WHERE NOT EXISTS (SELECT 1 FROM {fences} WHERE slot = {row}.{slot} AND state IN ({(int)FenceState.Owned}, {(int)FenceState.Copying}, {(int)FenceState.Ready}))
                AND NOT EXISTS (SELECT 1 FROM {fences} f JOIN {fences}_moves m ON m.move_id = f.move_id WHERE f.slot = {row}.{slot} AND m.mover = 1);
              {body}
            END
            """;
    }

    public override async ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows)
    {
        DbCommand command = session.Command(
            $"INSERT INTO {Quote(shape.Table.Name)} ({List(shape.Columns)}) VALUES ({string.Join(", ", shape.Columns.Select((_, c) => $"@v{c}"))}) ON CONFLICT DO NOTHING",
            [.. shape.Columns.Select((_, c) => ($"@v{c}", (object?)null))]);
        await using (command.ConfigureAwait(false))
        {
            foreach (object?[] row in rows)
            {
                for (int c = 0; c < row.Length; c++)
                {
                    command.Parameters[c].Value = row[c] ?? DBNull.Value;
                }

                await command.ExecuteNonQueryAsync(session.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys) =>
        ($"({List(shape.Key)}) IN (VALUES {string.Join(", ", keys.Select((_, k) => $"({string.Join(", ", shape.Key.Select((_, c) => $"@k{k}_{c}"))})"))})",
            [.. keys.SelectMany((key, k) => Enumerable.Range(0, shape.KeyLength).Select(c => ($"@k{k}_{c}", key[c])))]);

    // SQLite has no hash function, but it is no network away.
    public override async ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters)
    {
        List<object?[]> rows = await ReadAsync(session, shape, shape.Columns, condition, parameters).ConfigureAwait(false);
        ulong sum = rows.Aggregate(0UL, (total, row) => unchecked(total + Hash(row)));
        return (rows.Count, sum.ToString(CultureInfo.InvariantCulture));
    }

    public override async ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters)
    {
        List<object?[]> rows = await ReadAsync(session, shape, shape.Columns, condition, parameters).ConfigureAwait(false);
        return rows.ConvertAll(row => (row[..shape.KeyLength], Hash(row).ToString(CultureInfo.InvariantCulture)));
    }

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
                string text => MemoryMarshal.AsBytes(text.AsSpan()),
                byte[] blob => blob,
                _ => throw new InvalidDataException($"SQLite has no values of the type {value.GetType()}."),
            };
            hash.Append([(byte)(value switch { null => 0, long => 1, double => 2, string => 3, _ => 4 })]);
            hash.Append(BitConverter.GetBytes(bytes.Length)); // so that neighbours cannot trade bytes
            hash.Append(bytes);
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
