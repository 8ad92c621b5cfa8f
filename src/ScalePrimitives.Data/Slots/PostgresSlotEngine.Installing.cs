using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

// What stays on a shard: the triggers, their function and the log, and sequences that are moved on.
internal sealed partial class PostgresSlotEngine
{
    private const int InstallLock = -1; // no slot has it
    private const long SmallGap = 100_000;

    // The sequences that fill columns of whole numbers: of an identity, owned by a column, or named in its default.
    private const string Sequences = """
        SELECT a.attname AS column, s.seqrelid::regclass::text AS sequence, s.seqincrement AS step, s.seqmin AS low, s.seqmax AS high
        FROM pg_attribute a JOIN pg_sequence s ON s.seqrelid IN (
          SELECT d.objid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
          UNION SELECT d.refobjid FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum)
        WHERE a.attrelid = to_regclass(@table) AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
        """;

    public override async ValueTask<bool> InstallAsync(SlotSide side, string fences, TableShape shape, string? definer)
    {
        try
        {
            SqlSession within = await side.BeginAsync(side.CancellationToken).ConfigureAwait(false);
            await using (within.ConfigureAwait(false))
            {
                // Before the first look: whoever takes them away may have looked at the fences before they were claimed.
                await within.ExecuteAsync($"SELECT pg_advisory_xact_lock({Class(fences)}, {InstallLock})").ConfigureAwait(false);
                (string body, string digest) = await FunctionAsync(within, fences, shape).ConfigureAwait(false);
                if (!await IsInstalledAsync(within, shape.Table, digest).ConfigureAwait(false))
                {
                    await CreateLogAsync(within, fences, shape).ConfigureAwait(false);
                    await CreateTriggersAsync(within, shape.Table, body, digest).ConfigureAwait(false);
                }

                await within.CommitAsync().ConfigureAwait(false);
                return true;
            }
        }
        catch (DbException exception) when (exception.IsTransient)
        {
            return false;
        }
    }

    public override async ValueTask UninstallAsync(SlotSide side, string fences, SlotTable table)
    {
        SqlSession within = await side.BeginAsync(side.CancellationToken).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            // Held by whoever installs, so that a move which has claimed its slots since is seen, or installs anew.
            await within.ExecuteAsync($"SELECT pg_advisory_xact_lock({Class(fences)}, {InstallLock})").ConfigureAwait(false);
            if (await IsMovingAsync(within, fences).ConfigureAwait(false))
            {
                throw Moving(table);
            }

            if (await SchemaAsync(within, Quote(table)).ConfigureAwait(false) is { } schema)
            {
                string function = $"{schema}.{Quote(FenceTrigger(table))}";
                await within.ExecuteAsync($"""
                    DROP TRIGGER IF EXISTS {Quote(FenceTrigger(table))} ON {Quote(table)}; DROP TRIGGER IF EXISTS {Quote(TruncateTrigger(table))} ON {Quote(table)};
                    DROP FUNCTION IF EXISTS {function}(); DROP TABLE IF EXISTS {schema}.{Quote(table.Log.Name)}
                    """).ConfigureAwait(false);
                await within.CommitAsync().ConfigureAwait(false);
            }
        }
    }

    // Others may take numbers meanwhile: a small gap is closed by taking them too, which never goes back; over a large one they cannot come in the moment between.
    public override async ValueTask AdvanceSequencesAsync(SqlSession session, TableShape shape, string condition, (string Name, object? Value)[] parameters)
    {
        List<(string Column, string Sequence, long Step, long Low, long High)> sequences = await session.QueryRowsAsync(
            Sequences, static row => (row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)), ("@table", Quote(shape.Table))).ConfigureAwait(false);
        foreach ((string column, string sequence, long step, long low, long high) in sequences.Where(each => each.Step > 0))
        {
            object? most = await session.QueryAsync($"SELECT max({Quote(column)})::bigint FROM {Quote(shape.Table)} WHERE {condition} AND {Quote(column)} BETWEEN {low} AND {high}", parameters).ConfigureAwait(false);
            if (most is not long highest)
            {
                continue; // no row has a number that the sequence could give
            }

            Int128 last = await session.QueryRowAsync($"SELECT last_value, is_called FROM {sequence}", row => (Int128)row.GetInt64(0) - (row.GetBoolean(1) ? 0 : step)).ConfigureAwait(false);
            Int128 steps = (highest - last + step - 1) / step;
            if (highest > last && steps <= SmallGap)
            {
                await session.QueryAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT max(nextval('{Literal(sequence)}')) FROM generate_series(1, {steps})")).ConfigureAwait(false);
            }
            else if (highest > last)
            {
                Int128 next = Int128.Min(last + (steps * step), high);
                await session.QueryAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT setval('{Literal(sequence)}', {next})")).ConfigureAwait(false);
            }
        }
    }

    private static string Literal(string name) => name.Replace("'", "''", StringComparison.Ordinal);

    private static string FenceTrigger(SlotTable table) => table.Parts.Name + "_slot_fence";

    private static string TruncateTrigger(SlotTable table) => table.Parts.Name + "_slot_truncate";

    private static string MovesOf(string fences) => fences + "_moves";

    private static async ValueTask<string?> SchemaAsync(SqlSession session, string table) =>
        (string?)await session.QueryAsync("SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(@table)", ("@table", table)).ConfigureAwait(false);

    private async ValueTask<bool> IsInstalledAsync(SqlSession session, SlotTable table, string digest) => await session.QueryAsync(
        """
        SELECT count(*) = 2 AND to_regclass(@log) IS NOT NULL FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = to_regclass(@table) AND t.tgname IN (@fence, @truncate) AND t.tgenabled = 'A' AND position(@digest in p.prosrc) > 0
        """,
        ("@table", Quote(table)),
        ("@log", Quote(table.Log)),
        ("@fence", FenceTrigger(table)),
        ("@truncate", TruncateTrigger(table)),
        ("@digest", digest)).ConfigureAwait(false) is true;

    private async ValueTask CreateLogAsync(SqlSession within, string fences, TableShape shape)
    {
        string schema = (await SchemaAsync(within, Quote(shape.Table)).ConfigureAwait(false))!;
        string log = $"{schema}.{Quote(shape.Table.Log.Name)}";
        List<TableColumn> columns = await within.QueryRowsAsync(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(@log) AND attnum > 1 AND NOT attisdropped ORDER BY attnum",
            static row => new TableColumn(row.GetString(0), row.GetString(1)),
            ("@log", log)).ConfigureAwait(false);
        if (columns.Count > 0 && !columns.SequenceEqual(shape.Key.Select(column => column with { Collation = "" })))
        {
            if (await IsNotingAsync(within, fences).ConfigureAwait(false))
            {
                throw Noting(shape.Table);
            }

            await within.ExecuteAsync($"DROP TABLE {log}").ConfigureAwait(false);
        }

        await within.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {log} (change_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {string.Join(", ", shape.Key.Select(column => $"{Quote(column.Name)} {column.Type} NOT NULL"))})").ConfigureAwait(false);
    }

    private async ValueTask CreateTriggersAsync(SqlSession within, SlotTable table, string body, string digest)
    {
        (string fence, string truncate) = (Quote(FenceTrigger(table)), Quote(TruncateTrigger(table)));
        string function = $"{await SchemaAsync(within, Quote(table)).ConfigureAwait(false)}.{fence}";

        // The name of the quotes is in no name of a column.
        await within.ExecuteAsync($"""
            CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $fence_{digest}$ -- {digest}
            {body} $fence_{digest}$;
            DROP TRIGGER IF EXISTS {fence} ON {Quote(table)}; DROP TRIGGER IF EXISTS {truncate} ON {Quote(table)};
            CREATE TRIGGER {fence} AFTER INSERT OR UPDATE OR DELETE ON {Quote(table)} FOR EACH ROW EXECUTE FUNCTION {function}();
            CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {Quote(table)} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
            ALTER TABLE {Quote(table)} ENABLE ALWAYS TRIGGER {fence}; ALTER TABLE {Quote(table)} ENABLE ALWAYS TRIGGER {truncate}
            """).ConfigureAwait(false);
    }

    // It runs with the rights of whoever installed it, so that a writer needs none on fences and log; and by full names, so that it does not matter where the writer looks for tables.
    // Of a trigger's own accord it holds the fence too, so that a writer that forgot to is refused, or noted, like any other.
    private async ValueTask<(string Body, string Digest)> FunctionAsync(SqlSession session, string fences, TableShape shape)
    {
        string schema = (await SchemaAsync(session, Quote(shape.Table)).ConfigureAwait(false))!;
        (string name, string slot, string log) = (shape.Table.Name, Quote(shape.Table.SlotColumn), $"{schema}.{Quote(shape.Table.Log.Name)}");
        (string fence, string moves) = (await FullNameAsync(session, fences).ConfigureAwait(false), await FullNameAsync(session, MovesOf(fences)).ConfigureAwait(false));
        string keyChanges = $"ROW({Exactly("NEW.")}) IS DISTINCT FROM ROW({Exactly("OLD.")})";
        string body = $"""
            DECLARE
              here INTEGER; fence_state SMALLINT;
            BEGIN
              IF TG_OP = 'TRUNCATE' THEN
                -- An older snapshot does not show a move that has begun since; a lock does, by an error.
                IF current_setting('transaction_isolation') <> 'read committed' THEN PERFORM 1 FROM {fence} FOR SHARE; END IF;
                IF EXISTS (SELECT 1 FROM {fence} WHERE move_id IS NOT NULL) THEN RAISE EXCEPTION 'Slots of {name} are moving: delete the rows of slots that do not, or wait.'; END IF;
                RETURN NULL;
              END IF;
              IF TG_OP = 'UPDATE' AND NEW.{slot} <> OLD.{slot} THEN RAISE EXCEPTION 'A row of {name} cannot change its slot, from % to %.', OLD.{slot}, NEW.{slot}; END IF;
              IF TG_OP = 'INSERT' THEN here := NEW.{slot}; ELSE here := OLD.{slot}; END IF;
              PERFORM pg_advisory_xact_lock_shared({Class(fence)}, here % {Locks});
              IF current_setting('transaction_isolation') = 'read committed' THEN
                SELECT state INTO fence_state FROM {fence} WHERE slot = here;
              ELSE
                SELECT state INTO fence_state FROM {fence} WHERE slot = here FOR SHARE;
              END IF;
              IF fence_state IN ({(int)FenceState.Owned}, {(int)FenceState.Ready}) THEN RETURN NULL; END IF;
              IF fence_state = {(int)FenceState.Frozen} AND EXISTS (
                SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 2 AND granted AND classid::bigint = ({EnteredClass(fence)}::bigint & 4294967295) AND objid::bigint = here)
              THEN fence_state := {(int)FenceState.Copying}; END IF;
              IF fence_state = {(int)FenceState.Copying} THEN
                IF TG_OP <> 'INSERT' THEN INSERT INTO {log} ({List(shape.Key)}) VALUES ({List(shape.Key, "OLD.")}); END IF;
                IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND {keyChanges}) THEN INSERT INTO {log} ({List(shape.Key)}) VALUES ({List(shape.Key, "NEW.")}); END IF;
                RETURN NULL;
              END IF;
              IF EXISTS (SELECT 1 FROM {fence} f JOIN {moves} m ON m.move_id = f.move_id WHERE f.slot = here AND m.mover = 1) THEN RETURN NULL; END IF;
              RAISE EXCEPTION 'Slot % refuses writes here (state %).', here, fence_state;
            END
            """;
        return (body, DigestOf(body + string.Join(',', shape.Key.Select(column => column.Type))));

        // Texts by their bytes: what a collation takes for the same is another key of the log.
        string Exactly(string row) => string.Join(", ", shape.Key.Select(column => column.Collation.Length == 0 ? row + Quote(column.Name) : $"{row}{Quote(column.Name)}::text COLLATE \"C\""));
    }

    private static async ValueTask<string> FullNameAsync(SqlSession session, string table) =>
        (string?)await session.QueryAsync("SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(@table)", ("@table", table)).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"There is no table {table}: call {nameof(SqlSlotFence)}.{nameof(SqlSlotFence.CreateSchemaAsync)} for this shard first.");
}
