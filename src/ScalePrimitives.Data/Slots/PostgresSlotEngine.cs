using System.Data;
using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Data;

/// <summary>PostgreSQL: fences are advisory locks beside their rows, values are exchanged as text, many rows are sent as one array a column.</summary>
internal sealed class PostgresSlotEngine(SqlEngine sql) : SlotEngine(sql)
{
    private const string TwoTo64 = "18446744073709551616";

    public override async ValueTask<string?> ConfigureAsync(SqlSession session, TimeSpan lockTimeout)
    {
        await session.ExecuteAsync($"""
            SET lock_timeout = {(long)lockTimeout.TotalMilliseconds}; SET idle_in_transaction_session_timeout = '30s';
            SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
            DO $$ BEGIN SET session_replication_role = replica; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
            """).ConfigureAwait(false);
        return null;
    }

    // The row is read by a statement of its own after the lock: a statement that waited for a lock would read what was there before it.
    // Where all statements of a transaction see one snapshot, a lock on the row fails when the row has changed since.
    public override async ValueTask<FenceRow?> EnterAsync(SqlSession session, string fences, int slot, IsolationLevel isolation)
    {
        string fresh = isolation is IsolationLevel.ReadCommitted or IsolationLevel.ReadUncommitted ? "" : " FOR SHARE";
        DbCommand command = session.Command($"SELECT pg_advisory_xact_lock_shared({Class(fences)}, @slot); {SelectFence(fences)}{fresh}", ("@slot", slot));
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

    public override async ValueTask LockAsync(SqlSession session, string fences, IReadOnlyList<int> slots) =>
        await session.ExecuteAsync($"SELECT pg_advisory_xact_lock({Class(fences)}, slot) FROM unnest(@slots) AS slot", ("@slots", slots.Order().ToArray())).ConfigureAwait(false);

    public override async ValueTask<TableShape?> DescribeAsync(SqlSession session, SlotTable table) => Shape(table, await session.QueryRowsAsync(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), COALESCE(array_position(i.indkey::int2[], a.attnum), -1)
        FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
        WHERE a.attrelid = to_regclass(@table) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
        """,
        static row => (new TableColumn(row.GetString(0), row.GetString(1)), row.GetInt32(2)),
        ("@table", Quote(table.Name))).ConfigureAwait(false));

    public override async ValueTask<string?> FindObstacleAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        (string, object?) table = ("@table", Quote(shape.Table.Name));
        if (await session.QueryAsync("SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = @slot WHERE i.indrelid = to_regclass(@table) AND i.indisunique AND NOT a.attnum = ANY(i.indkey) LIMIT 1", ("@slot", shape.Table.SlotColumn), table).ConfigureAwait(false) is string unique)
        {
            return $"the unique index {unique} has not the slot column, so that rows of two slots could collide";
        }

        string[] moving = [.. tables.Select(each => each.Name)];
        string? outside = (string?)await session.QueryAsync("SELECT c.conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid WHERE c.contype = 'f' AND c.confrelid = to_regclass(@table) AND NOT r.relname::text = ANY(@moving) LIMIT 1", table, ("@moving", moving)).ConfigureAwait(false);
        if (outside is not null)
        {
            return $"the foreign key {outside} of a table that does not move with it leads to it";
        }

        bool hasKeys = await session.QueryAsync("SELECT 1 FROM pg_constraint WHERE contype = 'f' AND (conrelid = to_regclass(@table) OR confrelid = to_regclass(@table)) LIMIT 1", table).ConfigureAwait(false) is not null;
        return hasKeys && (string?)await session.QueryAsync("SELECT current_setting('session_replication_role')").ConfigureAwait(false) != "replica"
            ? "it has foreign keys, and rows that come one after the other break them for a while: the mover needs the privilege SET on session_replication_role"
            : null;
    }

    // Of a trigger's own accord it holds the fence too, so that a writer that forgot to is refused, or noted, like any other.
    public override async ValueTask InstallAsync(SqlSession session, string fences, TableShape shape)
    {
        (string name, string slot) = (shape.Table.Name, Quote(shape.Table.SlotColumn));
        string function = Quote(name + "_slot_fence");
        if (await session.QueryAsync("SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass(@table) AND tgname = @trigger", ("@table", Quote(name)), ("@trigger", name + "_slot_fence")).ConfigureAwait(false) is not null)
        {
            return;
        }

        await session.ExecuteAsync($"""
            CREATE TABLE IF NOT EXISTS {Quote(shape.Log)} (change_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {string.Join(", ", shape.Key.Select(column => $"{Quote(column.Name)} {column.Type} NOT NULL"))});
            CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$
            DECLARE
              here INTEGER; fence_state SMALLINT;
            BEGIN
              IF TG_OP = 'UPDATE' AND NEW.{slot} <> OLD.{slot} THEN RAISE EXCEPTION 'A row of {name} cannot change its slot, from % to %.', OLD.{slot}, NEW.{slot}; END IF;
              IF TG_OP = 'INSERT' THEN here := NEW.{slot}; ELSE here := OLD.{slot}; END IF;
              PERFORM pg_advisory_xact_lock_shared({Class(fences)}, here);
              IF current_setting('transaction_isolation') = 'read committed' THEN
                SELECT state INTO fence_state FROM {fences} WHERE slot = here;
              ELSE
                SELECT state INTO fence_state FROM {fences} WHERE slot = here FOR SHARE;
              END IF;
              IF fence_state IN ({(int)FenceState.Owned}, {(int)FenceState.Ready}) THEN RETURN NULL; END IF;
              IF fence_state = {(int)FenceState.Copying} THEN
                IF TG_OP <> 'INSERT' THEN INSERT INTO {Quote(shape.Log)} ({List(shape.Key)}) VALUES ({List(shape.Key, "OLD.")}); END IF;
                IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND ROW({List(shape.Key, "NEW.")}) IS DISTINCT FROM ROW({List(shape.Key, "OLD.")})) THEN INSERT INTO {Quote(shape.Log)} ({List(shape.Key)}) VALUES ({List(shape.Key, "NEW.")}); END IF;
                RETURN NULL;
              END IF;
              IF EXISTS (SELECT 1 FROM {fences} f JOIN {fences}_moves m ON m.move_id = f.move_id WHERE f.slot = here AND m.mover = 1) THEN RETURN NULL; END IF;
              RAISE EXCEPTION 'Slot % refuses writes here (state %).', here, fence_state;
            END $body$;
            CREATE TRIGGER {function} AFTER INSERT OR UPDATE OR DELETE ON {Quote(name)} FOR EACH ROW EXECUTE FUNCTION {function}();
            ALTER TABLE {Quote(name)} ENABLE ALWAYS TRIGGER {function}
            """).ConfigureAwait(false);
    }

    public override async ValueTask AddAsync(SqlSession session, TableShape shape, IReadOnlyList<object?[]> rows)
    {
        string arrays = string.Join(", ", shape.Columns.Select((_, i) => $"CAST(@c{i} AS text[])"));
        string places = string.Join(", ", shape.Columns.Select((column, i) => $"CAST(c{i} AS {column.Type})"));
        await session.ExecuteAsync(
            $"INSERT INTO {Quote(shape.Table.Name)} ({List(shape.Columns)}) OVERRIDING SYSTEM VALUE SELECT {places} FROM unnest({arrays}) AS r({string.Join(", ", shape.Columns.Select((_, i) => $"c{i}"))}) ON CONFLICT DO NOTHING",
            Arrays(shape.Columns.Length, rows, "c")).ConfigureAwait(false);
    }

    public override (string Condition, (string Name, object? Value)[] Parameters) ByKeys(TableShape shape, IReadOnlyList<object?[]> keys) =>
        ($"({List(shape.Key)}) IN (SELECT {string.Join(", ", shape.Key.Select((column, i) => $"CAST(k{i} AS {column.Type})"))} FROM unnest({string.Join(", ", shape.Key.Select((_, i) => $"CAST(@k{i} AS text[])"))}) AS r({string.Join(", ", shape.Key.Select((_, i) => $"k{i}"))}))",
            Arrays(shape.KeyLength, keys, "k"));

    public override ValueTask<(long Count, string Sum)> SumAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        SumAsync(session, shape, HashOf(shape), $"mod(COALESCE(sum(h::numeric), 0), {TwoTo64})::text", condition, parameters);

    public override ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        HashesAsync(session, shape, HashOf(shape), condition, parameters);

    protected override string Exchanged(TableColumn column) => $"{Quote(column.Name)}::text";

    protected override string Placed(TableColumn column, string parameter) => $"CAST({parameter} AS {column.Type})";

    private string HashOf(TableShape shape) => $"hashtextextended(ROW({List(shape.Columns)})::text, 0)";

    // Advisory locks are numbers: a fence's is that of its table and that of its slot.
    private static int Class(string fences) => unchecked((int)KeyHash.Of(fences));

    private static (string Name, object? Value)[] Arrays(int columns, IReadOnlyList<object?[]> rows, string prefix) =>
        [.. Enumerable.Range(0, columns).Select(i => (string.Create(CultureInfo.InvariantCulture, $"@{prefix}{i}"), (object?)rows.Select(row => (string?)row[i]).ToArray()))];
}
