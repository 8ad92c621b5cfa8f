using System.Data;
using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>Where the dialects differ in fences and in moving rows. Rows are exchanged as the values of their columns in forms that lose nothing: text where a driver would convert.</summary>
internal abstract class SlotEngine(SqlEngine sql)
{
    public SqlEngine Sql => sql;

    /// <summary>Gets the isolation of a mover's transactions: later statements see what was committed before them.</summary>
    public virtual IsolationLevel Isolation => IsolationLevel.ReadCommitted;

    /// <summary>Gets the database's clock as part of a statement, in microseconds.</summary>
    public string Now => $"({sql.Now})";

    /// <summary>Gets how many values a statement may have.</summary>
    protected virtual int MaxValues => 30_000;

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

    public virtual string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public string List(IEnumerable<TableColumn> columns, string prefix = "") => string.Join(", ", columns.Select(column => prefix + Quote(column.Name)));

    /// <summary>How many rows of a table one statement can add.</summary>
    public int RowsAtOnce(TableShape shape, int wanted) => Math.Min(wanted, MaxValues / shape.Columns.Length);

    /// <summary>Sets up a connection of a mover's own: no foreign keys are checked, locks are waited for so long, values have one form.</summary>
    /// <returns>The statement that undoes what the driver's pool does not; null where it does all.</returns>
    public abstract ValueTask<string?> ConfigureAsync(SqlSession session, TimeSpan lockTimeout);

    /// <summary>Holds a fence in shared mode until the transaction ends, and reads it as it is now.</summary>
    public abstract ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation);

    /// <summary>Holds fences exclusively until the transaction ends: when it returns, no writer is within.</summary>
    public abstract ValueTask LockAsync(SqlSession session, string fences, IReadOnlyList<int> slots);

    /// <summary>Reads what columns and key a table has; null when there is no such table, or it has no key.</summary>
    public abstract ValueTask<TableShape?> DescribeAsync(SqlSession session, SlotTable table);

    /// <summary>Finds why a table cannot move.</summary>
    /// <returns>The reason, or null.</returns>
    public abstract ValueTask<string?> FindObstacleAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables);

    /// <summary>Creates the log of a table and the triggers that fill it and refuse what the fence refuses, unless they are there.</summary>
    public abstract ValueTask InstallAsync(SqlSession session, string fences, TableShape shape);

    /// <summary>Adds rows whose keys are not there.</summary>
    public abstract ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows);

    /// <summary>Makes the condition that a row has one of some keys.</summary>
    public abstract (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys);

    /// <summary>Makes the condition that the key of a row of the slot comes after, or not after, another.</summary>
    public virtual (string Condition, (string Name, object? Value)[] Parameters) Compare(TableShape shape, string comparison, object?[] key, string prefix)
    {
        TableColumn[] rest = shape.Key[1..];
        return ($"({List(rest)}) {comparison} ({string.Join(", ", rest.Select((column, i) => Placed(column, $"@{prefix}{i}")))})", [.. rest.Select((_, i) => ($"@{prefix}{i}", key[i + 1]))]);
    }

    /// <summary>Counts rows and sums their 64-bit hashes modulo 2^64: an exclusive-or would cancel equal rows.</summary>
    public abstract ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters);

    /// <summary>Reads the keys of rows and the hashes of their rows.</summary>
    public abstract ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters);

    /// <summary>Reads rows.</summary>
    public async ValueTask<List<object?[]>> ReadAsync(SqlSession session, TableShape shape, TableColumn[] columns, string condition, params (string Name, object? Value)[] parameters) =>
        await session.QueryRowsAsync($"SELECT {string.Join(", ", columns.Select(Exchanged))} FROM {Quote(shape.Table.Name)} WHERE {condition}", row => ReadRow(row, columns.Length), parameters).ConfigureAwait(false);

    /// <summary>Reads the log of a table.</summary>
    /// <returns>The number of each entry, and its key.</returns>
    public async ValueTask<List<(long Id, object?[] Key)>> ReadLogAsync(SqlSession session, TableShape shape, IReadOnlyList<int> slots, long after, int limit) =>
        await session.QueryRowsAsync(
            $"SELECT {string.Join(", ", shape.Key.Select(Exchanged))}, change_id FROM {Quote(shape.Log)} WHERE change_id > @after AND {Quote(shape.Table.SlotColumn)} IN ({string.Join(',', slots)}) ORDER BY change_id LIMIT @limit",
            row => (row.GetInt64(shape.KeyLength), ReadRow(row, shape.KeyLength)),
            ("@after", after),
            ("@limit", limit)).ConfigureAwait(false);

    /// <summary>Makes what a column is read as.</summary>
    protected virtual string Exchanged(TableColumn column) => Quote(column.Name);

    /// <summary>Makes a parameter that has a value in the form that the column was read in.</summary>
    protected virtual string Placed(TableColumn column, string parameter) => parameter;

    /// <summary>The sum, by a database that can hash: an expression of a row's hash, and one of the sum of all <c>h</c>.</summary>
    protected async ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string hash, string sum, string condition, (string Name, object? Value)[] parameters) =>
        await session.QueryRowAsync(
            $"SELECT COUNT(*), {sum} FROM (SELECT {hash} AS h FROM {Quote(shape.Table.Name)} WHERE {condition}) AS hashed",
            static row => (row.GetInt64(0), row.GetString(1)),
            parameters).ConfigureAwait(false);

    /// <summary>The hashes, by a database that can hash.</summary>
    protected async ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string hash, string condition, (string Name, object? Value)[] parameters) =>
        await session.QueryRowsAsync(
            $"SELECT {string.Join(", ", shape.Key.Select(Exchanged))}, {hash} FROM {Quote(shape.Table.Name)} WHERE {condition}",
            row => (ReadRow(row, shape.KeyLength), Convert.ToString(row.GetValue(shape.KeyLength), CultureInfo.InvariantCulture)!),
            parameters).ConfigureAwait(false);

    protected static object?[] ReadRow(DbDataReader reader, int columns)
    {
        var row = new object?[columns];
        for (int i = 0; i < columns; i++)
        {
            row[i] = reader.GetValue(i) is var value and not DBNull ? value : null;
        }

        return row;
    }

    protected static FenceRow ReadFence(DbDataReader row) =>
        new((FenceState)row.GetInt32(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), Convert.ToInt64(row.GetValue(4), CultureInfo.InvariantCulture) != 0);

    /// <summary>Makes the query of a slot's fence.</summary>
    protected string SelectFence(string fences) => $"SELECT state, epoch, peer, move_id, CASE WHEN until_us <= {Now} THEN 1 ELSE 0 END FROM {fences} WHERE slot = @slot";

    /// <summary>Orders columns as a shape has them: the slot, the rest of the key, the others. Null when the key is none, or has not the slot.</summary>
    protected static TableShape? Shape(SlotTable table, IReadOnlyList<(TableColumn Column, int KeyPlace)> columns)
    {
        (TableColumn Column, int KeyPlace)[] key = [.. columns.Where(each => each.KeyPlace >= 0).OrderBy(each => each.KeyPlace)];
        return key.Any(each => each.Column.Name == table.SlotColumn)
            ? new TableShape(
                table,
                [.. key.Where(each => each.Column.Name == table.SlotColumn).Concat(key.Where(each => each.Column.Name != table.SlotColumn)).Concat(columns.Where(each => each.KeyPlace < 0)).Select(each => each.Column)],
                key.Length)
            : null;
    }
}
