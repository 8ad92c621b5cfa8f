using System.Data;
using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>Where the dialects differ in fences and in moving rows. Rows are exchanged as the values of their columns in forms that lose nothing: text where a driver would convert.</summary>
internal abstract class SlotEngine(SqlEngine sql)
{
    /// <summary>What is said of a table that is not there.</summary>
    public const string NoTable = "there is no such table, or none that this user may see";

    public SqlEngine Sql => sql;

    /// <summary>Gets the isolation of a mover's transactions: later statements see what was committed before them.</summary>
    public virtual IsolationLevel Isolation => IsolationLevel.ReadCommitted;

    /// <summary>Gets the database's clock as part of a statement, in microseconds.</summary>
    public string Now => $"({sql.Now})";

    /// <summary>Gets the statement by which a connection ends itself.</summary>
    public virtual string End => "SELECT 1";

    /// <summary>Gets how many values a statement may have.</summary>
    protected virtual int MaxValues => 30_000;

    /// <summary>Gets how many fields a column is read as.</summary>
    protected virtual int FieldsPerColumn => 1;

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public static SlotEngine For(SqlDialect dialect)
    {
        SqlEngine sql = SqlEngine.For(dialect);
        return dialect switch
        {
            SqlDialect.Sqlite => new SqliteSlotEngine(sql),
            SqlDialect.PostgreSql => new PostgresSlotEngine(sql),
            _ => new MySqlSlotEngine(sql),
        };
    }

    /// <exception cref="ArgumentException">The name has a schema where there are none.</exception>
    public virtual SqlTableName CheckName(SqlTableName name, string argument) => name;

    public virtual string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public string Quote(SqlTableName table) => table.Schema is null ? Quote(table.Name) : $"{Quote(table.Schema)}.{Quote(table.Name)}";

    public string Quote(SlotTable table) => Quote(table.Parts);

    public string List(IEnumerable<TableColumn> columns, string prefix = "") => string.Join(", ", columns.Select(column => prefix + Quote(column.Name)));

    /// <summary>How many rows of a table one statement can add.</summary>
    public int RowsAtOnce(TableShape shape, int wanted) => Math.Min(wanted, MaxValues / shape.Columns.Length);

    /// <summary>Makes the beginning of a statement that changes rows of a table, found by its primary key and so without waiting for others.</summary>
    public virtual string Update(string table) => $"UPDATE {table}";

    /// <summary>Makes the statement that deletes rows of a table, found by its primary key and so without waiting for others.</summary>
    public virtual string Delete(string table, string key, IEnumerable<string> values) => $"DELETE FROM {table} WHERE {key} IN ({string.Join(',', values)})";

    /// <summary>Sets up a connection of a mover's own: no foreign keys are checked, locks are waited for so long, values have one form.</summary>
    /// <exception cref="InvalidOperationException">The connection cannot be used for moving rows.</exception>
    public abstract ValueTask<SlotSettings> ConfigureAsync(SqlSession session, TimeSpan lockTimeout);

    /// <summary>Holds a fence in shared mode until the transaction ends, and reads it as it is now.</summary>
    public abstract ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation);

    /// <summary>Tells the triggers that the transaction has thawed a slot, and is within.</summary>
    public virtual ValueTask EnteredAsync(SqlSession session, string fences, int slot) => ValueTask.CompletedTask;

    /// <summary>Holds fences exclusively until the transaction ends, where that is how writers are drained: when it returns, no writer is within.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="fences">The table of fences.</param>
    /// <param name="slots">The slots.</param>
    /// <param name="isAgain">Whether the rows could not be changed without it before.</param>
    public virtual ValueTask LockAsync(SqlSession session, string fences, IReadOnlyList<int> slots, bool isAgain) => ValueTask.CompletedTask;

    /// <summary>Limits what each statement takes from here on, until the transaction ends or <see cref="UnlimitAsync"/>.</summary>
    public virtual ValueTask LimitAsync(SqlSession session, TimeSpan limit) => ValueTask.CompletedTask;

    /// <summary>Takes the limit away where it outlives the transaction.</summary>
    public virtual ValueTask UnlimitAsync(SqlSession session) => ValueTask.CompletedTask;

    /// <summary>Lists the transactions that hold fences in shared mode, where writers are drained by waiting until those that began before a change have ended.</summary>
    /// <param name="session">The session.</param>
    /// <param name="fences">The table of fences.</param>
    /// <param name="slots">The slots.</param>
    /// <param name="isAgain">Whether it was asked a moment ago, so that the server may take its time.</param>
    public virtual ValueTask<HashSet<string>> HoldersAsync(SqlSession session, string fences, IReadOnlyList<int> slots, bool isAgain) =>
        ValueTask.FromResult<HashSet<string>>([]);

    /// <summary>Waits until none of those is left who hold the fences now. Who comes later has seen how they are, and is not waited for.</summary>
    /// <returns>False when the time was over before.</returns>
    public static async ValueTask<bool> TryDrainAsync(Func<bool, ValueTask<HashSet<string>>> readHolders, Func<bool> isOver)
    {
        HashSet<string> holders = await readHolders(false).ConfigureAwait(false);
        while (holders.Count > 0)
        {
            if (isOver())
            {
                return false;
            }

            holders.IntersectWith(await readHolders(true).ConfigureAwait(false));
        }

        return true;
    }

    /// <summary>Reads what columns and key a table has.</summary>
    /// <returns>The shape; or why it cannot be moved.</returns>
    public abstract ValueTask<(TableShape? Shape, string? Problem)> DescribeAsync(SqlSession session, SlotTable table);

    /// <summary>Says whether a table is there.</summary>
    public abstract ValueTask<bool> HasTableAsync(SqlSession session, SqlTableName table);

    /// <summary>Finds what keeps a table from moving, or what its owner should know.</summary>
    public abstract ValueTask<List<SlotObstacle>> InspectAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables);

    /// <summary>Estimates how many rows a table has, and how many bytes.</summary>
    public abstract ValueTask<(long Rows, long Bytes)> EstimateAsync(SqlSession session, SlotTable table);

    /// <summary>Creates the log of a table and the triggers that fill it and refuse what the fence refuses; replaces those of another release, or of another key.</summary>
    /// <returns>False when something holds the table that may pass by itself.</returns>
    /// <exception cref="InvalidOperationException">The log has notes of a running move in the form of another key.</exception>
    public abstract ValueTask<bool> InstallAsync(SlotSide side, string fences, TableShape shape, string? definer);

    /// <summary>Takes the triggers and the log of a table away.</summary>
    /// <exception cref="InvalidOperationException">A slot is moving.</exception>
    public abstract ValueTask UninstallAsync(SlotSide side, string fences, SlotTable table);

    /// <summary>Adds rows whose keys are not there.</summary>
    public abstract ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows);

    /// <summary>Deletes the rows that have one of some keys, without waiting for others.</summary>
    public virtual async ValueTask DeleteRowsAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> keys)
    {
        (string condition, (string Name, object? Value)[] parameters) = ByKeys(shape, keys);
        await session.ExecuteAsync($"DELETE FROM {Quote(shape.Table)} WHERE {condition}", parameters).ConfigureAwait(false);
    }

    /// <summary>Makes the condition that a row has one of some keys.</summary>
    public abstract (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys);

    /// <summary>Makes the condition that the key of a row of the slot comes after, or not after, another.</summary>
    public virtual (string Condition, (string Name, object? Value)[] Parameters) Compare(TableShape shape, string comparison, object?[] key, string prefix)
    {
        TableColumn[] rest = shape.Key[1..];
        string places = string.Join(", ", rest.Select((column, i) => Placed(column, $"@{prefix}{i}", key[i + 1])));
        return ($"({List(rest)}) {comparison} ({places})", [.. rest.Select((_, i) => Bound($"@{prefix}{i}", key[i + 1]))]);
    }

    /// <summary>Counts rows and sums their 64-bit hashes modulo 2^64: an exclusive-or would cancel equal rows.</summary>
    public abstract ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters);

    /// <summary>Reads the keys of rows and the hashes of their rows.</summary>
    public abstract ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters);

    /// <summary>Lists the foreign keys that lead from a table to tables that do not move with it.</summary>
    public abstract ValueTask<List<SlotReference>> ReferencesAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables);

    /// <summary>Lists what a table demands of each of its rows: columns that are not null, and checks.</summary>
    public abstract ValueTask<List<string>> DemandsAsync(SqlSession session, SlotTable table);

    /// <summary>Finds a row of some slots that leads by a foreign key to a row that is not there, of a table that does not move.</summary>
    /// <returns>The name of the foreign key, or null.</returns>
    public async ValueTask<string?> FindOrphanAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables, string slots)
    {
        foreach (SlotReference reference in await ReferencesAsync(session, shape, tables).ConfigureAwait(false))
        {
            if (await session.QueryAsync(SelectOrphan(shape, slots, reference)).ConfigureAwait(false) is not null)
            {
                return reference.Name;
            }
        }

        return null;
    }

    /// <summary>Moves the sequences that fill columns on, past what some rows have, where inserting a value does not do so by itself. Never back.</summary>
    public virtual ValueTask AdvanceSequencesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) => ValueTask.CompletedTask;

    /// <summary>Reads rows.</summary>
    public async ValueTask<List<object?[]>> ReadAsync(SqlSession session, TableShape shape, TableColumn[] columns, string condition, params (string Name, object? Value)[] parameters) =>
        (await ReadAsync(session, shape, columns, long.MaxValue, condition, parameters).ConfigureAwait(false)).Rows;

    /// <summary>Reads rows until they have so many bytes.</summary>
    /// <returns>The rows, how many bytes they have, and whether there may be more.</returns>
    public async ValueTask<(List<object?[]> Rows, long Bytes, bool IsCut)> ReadAsync(SqlSession session, TableShape shape, TableColumn[] columns, long maxBytes, string condition, (string Name, object? Value)[] parameters)
    {
        var rows = new List<object?[]>();
        long bytes = 0;
        DbCommand command = session.Command($"SELECT {string.Join(", ", columns.Select(Exchanged))} FROM {Quote(shape.Table)} WHERE {condition}", parameters);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader reader = await command.ExecuteReaderAsync(session.CancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (bytes < maxBytes && await reader.ReadAsync(session.CancellationToken).ConfigureAwait(false))
                {
                    object?[] row = ReadRow(reader, columns.Length);
                    rows.Add(row);
                    bytes += BatchSizer.SizeOf(row);
                }
            }
        }

        return (rows, bytes, bytes >= maxBytes);
    }

    /// <summary>Reads the log of a table.</summary>
    /// <returns>The number of each entry, and its key.</returns>
    public async ValueTask<List<(long Id, object?[] Key)>> ReadLogAsync(SqlSession session, TableShape shape, IReadOnlyList<int> slots, long after, int limit) =>
        await session.QueryRowsAsync(
            $"""
            SELECT {string.Join(", ", shape.Key.Select(Exchanged))}, change_id FROM {Quote(shape.Table.Log)}
            WHERE change_id > @after AND {Quote(shape.Table.SlotColumn)} IN ({string.Join(',', slots)}) ORDER BY change_id LIMIT @limit
            """,
            row => (row.GetInt64(shape.KeyLength * FieldsPerColumn), ReadRow(row, shape.KeyLength)),
            ("@after", after),
            ("@limit", limit)).ConfigureAwait(false);

    /// <summary>Makes what a column is read as.</summary>
    protected virtual string Exchanged(TableColumn column) => Quote(column.Name);

    /// <summary>Makes a parameter that has a value in the form that the column was read in.</summary>
    protected virtual string Placed(TableColumn column, string parameter, object? value) => parameter;

    /// <summary>Makes a parameter of a value that was read.</summary>
    protected static (string Name, object? Value) Bound(string name, object? value) => (name, value is SqliteText text ? text.Bytes : value);

    /// <summary>The sum, by a database that can hash: an expression of a row's hash, and one of the sum of all <c>h</c>.</summary>
    protected async ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string hash, string sum, string condition, (string Name, object? Value)[] parameters) =>
        await session.QueryRowAsync(
            $"SELECT COUNT(*), {sum} FROM (SELECT {hash} AS h FROM {Quote(shape.Table)} WHERE {condition}) AS hashed",
            static row => (row.GetInt64(0), row.GetString(1)),
            parameters).ConfigureAwait(false);

    /// <summary>The hashes, by a database that can hash.</summary>
    protected async ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string hash, string condition, (string Name, object? Value)[] parameters) =>
        await session.QueryRowsAsync(
            $"SELECT {string.Join(", ", shape.Key.Select(Exchanged))}, {hash} FROM {Quote(shape.Table)} WHERE {condition}",
            row => (ReadRow(row, shape.KeyLength), Convert.ToString(row.GetValue(shape.KeyLength), CultureInfo.InvariantCulture)!),
            parameters).ConfigureAwait(false);

    protected virtual object?[] ReadRow(DbDataReader reader, int columns)
    {
        var row = new object?[columns];
        for (int i = 0; i < columns; i++)
        {
            row[i] = reader.GetValue(i) is var value and not DBNull ? value : null;
        }

        return row;
    }

    protected static FenceRow ReadFence(DbDataReader row) => new(
        (FenceState)row.GetInt32(0),
        row.GetInt64(1),
        row.IsDBNull(2) ? null : row.GetString(2),
        row.IsDBNull(3) ? null : row.GetString(3),
        Convert.ToInt64(row.GetValue(4), CultureInfo.InvariantCulture) != 0);

    /// <summary>Makes the query of a slot's fence.</summary>
    protected string SelectFence(string fences, string further = "1") =>
        $"SELECT state, epoch, peer, move_id, CASE WHEN until_us <= {Now} THEN 1 ELSE 0 END, {further} FROM {fences} WHERE slot = @slot";

    /// <summary>Makes foreign keys of their columns.</summary>
    protected static List<SlotReference> References(IEnumerable<(string Id, string Name, string Table, string From, string To)> columns) =>
    [
        .. columns.GroupBy(each => (each.Id, each.Name, each.Table))
            .Select(key => new SlotReference(key.Key.Name, key.Key.Table, [.. key.Select(each => (each.From, each.To))])),
    ];

    // A row that leads nowhere.
    private string SelectOrphan(TableShape shape, string slots, SlotReference reference)
    {
        string matches = string.Join(" AND ", reference.Columns.Select(pair => $"r.{Quote(pair.To)} = t.{Quote(pair.From)}"));
        string hasAll = string.Join(" AND ", reference.Columns.Select(pair => $"t.{Quote(pair.From)} IS NOT NULL"));
        return $"""
            SELECT 1 FROM {Quote(shape.Table)} t WHERE t.{Quote(shape.Table.SlotColumn)} IN ({slots}) AND {hasAll}
              AND NOT EXISTS (SELECT 1 FROM {reference.Table} r WHERE {matches}) LIMIT 1
            """;
    }

    /// <summary>Says whether a slot of the shard is moving, so that triggers and logs must stay as they are.</summary>
    protected static ValueTask<bool> IsMovingAsync(SqlSession session, string fences) =>
        IsAnyAsync(session, fences, $"move_id IS NOT NULL AND state NOT IN ({(int)FenceState.Moved}, {(int)FenceState.Retired})");

    /// <summary>Says whether notes are being taken on the shard.</summary>
    protected static ValueTask<bool> IsNotingAsync(SqlSession session, string fences) =>
        IsAnyAsync(session, fences, $"state IN ({(int)FenceState.Copying}, {(int)FenceState.Frozen})");

    private static async ValueTask<bool> IsAnyAsync(SqlSession session, string fences, string condition) =>
        await session.QueryAsync($"SELECT 1 FROM {fences} WHERE {condition} LIMIT 1").ConfigureAwait(false) is not null;

    protected static InvalidOperationException Moving(SlotTable table) =>
        new($"The triggers of {table.Name} cannot be taken away while a slot of the shard is moving: finish or cancel that migration first.");

    protected static InvalidOperationException Noting(SlotTable table) =>
        new($"The key of {table.Name} has changed since its triggers were made, and another migration needs their notes: finish or cancel that one first.");

    /// <summary>Makes a digest of a definition, which stands in it as a comment: what is installed under another one is of another release, or of another key.</summary>
    protected static string DigestOf(string definition) => Convert.ToHexStringLower(System.IO.Hashing.XxHash64.Hash(System.Text.Encoding.UTF8.GetBytes(definition)));

    /// <summary>Orders columns as a shape has them: the slot, the rest of the key, the others.</summary>
    protected static (TableShape? Shape, string? Problem) Shape(SlotTable table, IReadOnlyList<(TableColumn Column, int KeyPlace, bool IsGenerated)> columns)
    {
        if (columns.Count == 0)
        {
            return (null, NoTable);
        }

        (TableColumn Column, int KeyPlace, bool IsGenerated)[] key = [.. columns.Where(each => each.KeyPlace >= 0).OrderBy(each => each.KeyPlace)];
        if (!key.Any(each => each.Column.Name == table.SlotColumn))
        {
            return (null, $"its primary key has not the column {table.SlotColumn}, or there is no primary key");
        }

        if (key.FirstOrDefault(each => each.IsGenerated) is { Column.Name: not null } generated)
        {
            return (null, $"the column {generated.Column.Name} of its primary key is generated, and cannot be copied");
        }

        IEnumerable<TableColumn> others = columns.Where(each => each.KeyPlace < 0 && !each.IsGenerated).Select(each => each.Column);
        TableColumn[] ordered =
        [
            .. key.Where(each => each.Column.Name == table.SlotColumn).Select(each => each.Column),
            .. key.Where(each => each.Column.Name != table.SlotColumn).Select(each => each.Column),
            .. others,
        ];
        return (new TableShape(table, ordered, key.Length), null);
    }
}
