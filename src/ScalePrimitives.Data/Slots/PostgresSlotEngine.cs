using System.Data;
using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>
/// PostgreSQL: fences are advisory locks beside their rows, values are exchanged as text, many rows are sent as one array a column. Writers are drained as an index is built concurrently: a mover
/// commits the change, and waits for those that held a lock then. So it holds up nobody.
/// </summary>
internal sealed partial class PostgresSlotEngine(SqlEngine sql) : SlotEngine(sql)
{
    private const string TwoTo64 = "18446744073709551616";

    // A statement may write rows of all slots, and all locks of all sessions share a pool of some thousands. Slots that share a lock only wait a little longer for each other's writers.
    private const int Locks = 128;

    public override string End => "SELECT pg_terminate_backend(pg_backend_pid())";

    /// <summary>Everything is set for one transaction, so that it outlives none on a connection that a pooler shares.</summary>
    public override async ValueTask<SlotSettings> ConfigureAsync(SqlSession session, TimeSpan lockTimeout)
    {
        DbTransaction transaction = await session.Connection.BeginTransactionAsync(session.CancellationToken).ConfigureAwait(false);
        SqlSession within = session.Within(transaction);
        await using (within.ConfigureAwait(false))
        {
            object? first = await within.QueryAsync("SELECT pg_backend_pid()").ConfigureAwait(false);
            await within.ExecuteAsync("DO $$ BEGIN SET LOCAL session_replication_role = replica; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$").ConfigureAwait(false);
            bool isReplica = (string?)await within.QueryAsync("SELECT current_setting('session_replication_role')").ConfigureAwait(false) == "replica";
            if (!Equals(await within.QueryAsync("SELECT pg_backend_pid()").ConfigureAwait(false), first))
            {
                throw new InvalidOperationException("The statements of one transaction reach several servers: a pooler between must pool sessions or transactions, not statements.");
            }

            string local = $"""
                SET LOCAL lock_timeout = {(long)lockTimeout.TotalMilliseconds}; SET LOCAL statement_timeout = 0;
                SET LOCAL idle_in_transaction_session_timeout = '30s'; SET LOCAL row_security = off;
                SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';
                SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL lc_monetary = 'C'
                """;
            return new SlotSettings(isReplica ? local + "; SET LOCAL session_replication_role = replica" : local);
        }
    }

    // The row is read by a statement of its own after the lock: a statement that waited for a lock would read what was there before it.
    // Where all statements of a transaction see one snapshot, a lock on the row fails when the row has changed since.
    // Who is let in takes a lock of this slot alone as well, which nobody waits for: it tells the triggers that the transaction was within before a freeze, which waits for it.
    public override async ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation)
    {
        string fresh = isolation is IsolationLevel.ReadCommitted or IsolationLevel.ReadUncommitted ? "" : " FOR SHARE";
        string within = $"CASE WHEN state IN ({(int)FenceState.Owned}, {(int)FenceState.Copying}) THEN pg_advisory_xact_lock_shared({EnteredClass(fences)}, slot) END";
        DbCommand command = session.Command(
            $"SELECT pg_advisory_xact_lock_shared({Class(fences)}, @slot % {Locks}); {SelectFence(fences, within)}{fresh}", ("@slot", slot));
        await using (command.ConfigureAwait(false))
        {
            DbDataReader reader = await command.ExecuteReaderAsync(session.CancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.NextResultAsync(session.CancellationToken).ConfigureAwait(false);
                return await reader.ReadAsync(session.CancellationToken).ConfigureAwait(false) ? ReadFence(reader) : null;
            }
        }
    }

    // Transactions that read one snapshot lock the row as well, one after the other, so that there may be no moment to change it. They hold the lock too, by which they can be held up for once.
    public override async ValueTask LockAsync(SqlSession session, string fences, IReadOnlyList<int> slots, bool isAgain)
    {
        if (isAgain)
        {
            await session.ExecuteAsync(
                $"SELECT pg_advisory_xact_lock({Class(fences)}, slot) FROM unnest(@locks) AS slot",
                ("@locks", slots.Select(static slot => slot % Locks).Distinct().Order().ToArray())).ConfigureAwait(false);
        }
    }

    public override async ValueTask EnteredAsync(SqlSession session, string fences, int slot) =>
        await session.ExecuteAsync($"SELECT pg_advisory_xact_lock_shared({EnteredClass(fences)}, @slot)", ("@slot", slot)).ConfigureAwait(false);

    public override async ValueTask LimitAsync(SqlSession session, TimeSpan limit) => await session.ExecuteAsync($"SET LOCAL statement_timeout = {Math.Max(1, (long)limit.TotalMilliseconds)}").ConfigureAwait(false);

    public override async ValueTask<HashSet<string>> HoldersAsync(SqlSession session, string fences, IReadOnlyList<int> slots, bool isAgain)
    {
        if (isAgain)
        {
            await session.ExecuteAsync("SELECT pg_sleep(0.002)").ConfigureAwait(false); // to look at all locks holds up those who take one
        }

        return
        [
            .. await session.QueryRowsAsync(
                $"""
                SELECT virtualtransaction FROM pg_locks
                WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND objsubid = 2 AND granted AND pid IS DISTINCT FROM pg_backend_pid()
                  AND classid::bigint = ({Class(fences)}::bigint & 4294967295) AND objid::bigint = ANY(@locks)
                """,
                static row => row.GetString(0),
                ("@locks", slots.Select(static slot => (long)(slot % Locks)).Distinct().ToArray())).ConfigureAwait(false),
        ];
    }

    public override async ValueTask<(TableShape? Shape, string? Problem)> DescribeAsync(SqlSession session, SlotTable table) => Shape(table, await session.QueryRowsAsync(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), COALESCE(array_position((i.indkey::int2[])[0:i.indnkeyatts - 1], a.attnum), -1), a.attgenerated <> '',
          COALESCE((SELECT CASE c.collname WHEN 'default' THEN d.datcollate || ' ' || d.datctype ELSE c.collname END
            FROM pg_collation c, pg_database d WHERE c.oid = a.attcollation AND a.attnum = ANY(i.indkey) AND d.datname = current_database()), '')
        FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
        WHERE a.attrelid = to_regclass(@table) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        """,
        static row => (new TableColumn(row.GetString(0), row.GetString(1), row.GetString(4)), row.GetInt32(2), row.GetBoolean(3)),
        ("@table", Quote(table))).ConfigureAwait(false));

    public override async ValueTask<bool> HasTableAsync(SqlSession session, SqlTableName table) =>
        await session.QueryAsync("SELECT to_regclass(@table) IS NOT NULL", ("@table", Quote(table))).ConfigureAwait(false) is true;

    public override async ValueTask<(long Rows, long Bytes)> EstimateAsync(SqlSession session, SlotTable table) => await session.QueryRowAsync(
        """
        SELECT COALESCE(sum(GREATEST(c.reltuples, 0)), 0)::bigint, COALESCE(sum(pg_table_size(c.oid)), 0)::bigint
        FROM pg_partition_tree(to_regclass(@table)) t RIGHT JOIN pg_class c ON c.oid = t.relid WHERE c.oid = to_regclass(@table) OR t.isleaf
        """,
        static row => (row.GetInt64(0), row.GetInt64(1)),
        ("@table", Quote(table))).ConfigureAwait(false);

    public override async ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows)
    {
        string arrays = string.Join(", ", shape.Columns.Select((_, i) => $"CAST(@c{i} AS text[])"));
        string places = string.Join(", ", shape.Columns.Select((column, i) => $"CAST(c{i} AS {column.Type})"));
        string names = string.Join(", ", shape.Columns.Select((_, i) => $"c{i}"));
        await session.ExecuteAsync(
            $"""
            INSERT INTO {Quote(shape.Table)} ({List(shape.Columns)}) OVERRIDING SYSTEM VALUE
            SELECT {places} FROM unnest({arrays}) AS r({names}) ON CONFLICT DO NOTHING
            """,
            Arrays(shape.Columns.Length, rows, "c")).ConfigureAwait(false);
    }

    public override (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys)
    {
        string arrays = string.Join(", ", shape.Key.Select((_, i) => $"CAST(@k{i} AS text[])"));
        string places = string.Join(", ", shape.Key.Select((column, i) => $"CAST(k{i} AS {column.Type})"));
        string names = string.Join(", ", shape.Key.Select((_, i) => $"k{i}"));
        return ($"({List(shape.Key)}) IN (SELECT {places} FROM unnest({arrays}) AS r({names}))", Arrays(shape.KeyLength, keys, "k"));
    }

    public override ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        SumAsync(session, shape, HashOf(shape), $"mod(COALESCE(sum(h::numeric), 0), {TwoTo64})::text", condition, parameters);

    public override ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        HashesAsync(session, shape, HashOf(shape), condition, parameters);

    public override async ValueTask<List<SlotReference>> ReferencesAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables) => References(await session.QueryRowsAsync(
        $"""
        SELECT c.conname, c.confrelid::regclass::text, f.attname, t.attname
        FROM pg_constraint c, unnest(c.conkey, c.confkey) AS k(f, t), pg_attribute f, pg_attribute t
        WHERE c.contype = 'f' AND c.conrelid = to_regclass(@table) AND c.conparentid = 0 AND c.confrelid NOT IN ({MovingOids})
          AND f.attrelid = c.conrelid AND f.attnum = k.f AND t.attrelid = c.confrelid AND t.attnum = k.t
        """,
        static row => (row.GetString(0), row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3)),
        ("@table", Quote(shape.Table)),
        Moving(tables)).ConfigureAwait(false));

    // One that is not valid is demanded of new rows all the same.
    public override async ValueTask<List<string>> DemandsAsync(SqlSession session, SlotTable table) => await session.QueryRowsAsync(
        """
        SELECT quote_ident(attname) || ' NOT NULL' FROM pg_attribute WHERE attrelid = to_regclass(@table) AND attnum > 0 AND NOT attisdropped AND attnotnull
        UNION ALL SELECT regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '') FROM pg_constraint WHERE conrelid = to_regclass(@table) AND contype = 'c'
        UNION ALL SELECT quote_ident(a.attname) || ' IN (' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumlabel) || ')' FROM pg_attribute a
          JOIN pg_enum e ON e.enumtypid = a.atttypid WHERE a.attrelid = to_regclass(@table) AND a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attname
        UNION ALL SELECT quote_ident(a.attname) || ' ' || pg_get_constraintdef(c.oid) FROM pg_attribute a
          JOIN pg_constraint c ON c.contypid = a.atttypid WHERE a.attrelid = to_regclass(@table) AND a.attnum > 0 AND NOT a.attisdropped
        """,
        static row => row.GetString(0),
        ("@table", Quote(table))).ConfigureAwait(false);

    protected override string Exchanged(TableColumn column) => $"{Quote(column.Name)}::text";

    protected override string Placed(TableColumn column, string parameter, object? value) => $"CAST({parameter} AS {column.Type})";

    private string HashOf(TableShape shape) => $"hashtextextended(ROW({List(shape.Columns)})::text, 0)";

    // Advisory locks are two numbers: that of the table of fences, which every spelling of its name has, and that of some of its slots.
    private static string Class(string fences) => $"(CAST(CAST('{fences}' AS regclass) AS oid)::bigint - 2147483648)::int";

    private static string EnteredClass(string fences) => $"({Class(fences)} # 1073741824)";

    private const string MovingOids = "SELECT to_regclass(m)::oid FROM unnest(@moving) AS m WHERE to_regclass(m) IS NOT NULL";

    private (string, object?) Moving(IReadOnlyList<SlotTable> tables) => ("@moving", tables.Select(Quote).ToArray());

    private static (string Name, object? Value)[] Arrays(int columns, IReadOnlyList<object?[]> rows, string prefix) =>
        [.. Enumerable.Range(0, columns).Select(i => (string.Create(CultureInfo.InvariantCulture, $"@{prefix}{i}"), (object?)rows.Select(row => (string?)row[i]).ToArray()))];
}
