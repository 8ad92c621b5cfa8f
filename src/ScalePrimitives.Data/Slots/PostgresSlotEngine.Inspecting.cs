namespace ScalePrimitives.Data;

// What keeps a table from moving.
internal sealed partial class PostgresSlotEngine
{
    public override async ValueTask<List<SlotObstacle>> InspectAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        List<SlotObstacle> found = [];
        (string, object?) table = ("@table", Quote(shape.Table));
        bool isReplica = (string?)await session.QueryAsync("SELECT current_setting('session_replication_role')").ConfigureAwait(false) == "replica";
        await InspectPrivilegesAsync(session, fences, shape.Table, found).ConfigureAwait(false);
        await InspectKeysAsync(session, shape, tables, isReplica, found).ConfigureAwait(false);
        if (await session.QueryAsync("SELECT row_security_active(to_regclass(@table)::oid)", table).ConfigureAwait(false) is true)
        {
            found.Add(new("row level security hides rows of it from this user", "Let the mover connect as a user with BYPASSRLS."));
        }

        if (await session.QueryAsync("SELECT i.inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent WHERE c.oid = to_regclass(@table) AND c.relkind = 'r' LIMIT 1", table).ConfigureAwait(false) is string child)
        {
            found.Add(new($"the table {child} inherits from it, whose rows fire no triggers of its own", "Partition the table instead, or move the children's rows into it."));
        }

        if (await session.QueryAsync("SELECT rulename FROM pg_rewrite WHERE ev_class = to_regclass(@table) AND ev_type IN ('3', '4') AND rulename <> '_RETURN' LIMIT 1", table).ConfigureAwait(false) is string rule)
        {
            found.Add(new($"its rule {rule} makes something else of rows that are inserted or deleted", "Drop it, or make a trigger of it."));
        }

        string fired = isReplica ? "'A', 'R'" : "'O', 'A'";
        List<string> triggers = await session.QueryRowsAsync(
            $"SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = to_regclass(@table) AND NOT t.tgisinternal AND t.tgtype & 12 <> 0 AND t.tgname NOT IN (@fence, @truncate) AND t.tgenabled IN ({fired}) AND position(@moves in pg_get_triggerdef(t.oid) || p.prosrc) = 0",
            static row => row.GetString(0),
            table,
            ("@fence", FenceTrigger(shape.Table)),
            ("@truncate", TruncateTrigger(shape.Table)),
            ("@moves", MovesOf(fences))).ConfigureAwait(false);
        found.AddRange(triggers.Select(trigger => SlotTriggers.Fires(trigger, MovesOf(fences), isReplica ? null : "Or let the mover connect as a user that may SET session_replication_role.")));
        return found;
    }

    private async ValueTask InspectKeysAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables, bool isReplica, List<SlotObstacle> found)
    {
        (string, object?) table = ("@table", Quote(shape.Table));
        if (await session.QueryAsync("SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = @slot WHERE i.indrelid = to_regclass(@table) AND (i.indisunique OR i.indisexclusion) AND NOT a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]) LIMIT 1", ("@slot", shape.Table.SlotColumn), table).ConfigureAwait(false) is string unique)
        {
            found.Add(new($"the unique index {unique} has not the slot column, so that rows of two slots could collide", $"Add the column {shape.Table.SlotColumn} to it, or drop it."));
        }

        if (await session.QueryAsync("SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(@table) AND contype IN ('p', 'u') AND condeferrable LIMIT 1", table).ConfigureAwait(false) is string deferrable)
        {
            found.Add(new($"the unique constraint {deferrable} is deferrable, by which PostgreSQL cannot skip rows that are there", "Make it NOT DEFERRABLE."));
        }

        if (await session.QueryAsync($"SELECT conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND confrelid = to_regclass(@table) AND conrelid NOT IN ({MovingOids}) LIMIT 1", table, Moving(tables)).ConfigureAwait(false) is string outside)
        {
            found.Add(new($"the foreign key {outside} of a table that does not move with it leads to it", "Move that table with it."));
        }

        if (!isReplica && await session.QueryAsync("SELECT conname FROM pg_constraint WHERE contype = 'f' AND (conrelid = to_regclass(@table) OR confrelid = to_regclass(@table)) LIMIT 1", table).ConfigureAwait(false) is string foreign)
        {
            found.Add(new(
                $"it has the foreign key {foreign}, and rows that come one after the other break it for a while",
                $"{await GrantAsync(session, "SET ON PARAMETER session_replication_role").ConfigureAwait(false)} (PostgreSQL 15; a superuser may before)."));
        }

        if (await session.QueryAsync($"SELECT s.sequence FROM ({Sequences}) AS s WHERE NOT (has_sequence_privilege(s.sequence, 'SELECT') AND has_sequence_privilege(s.sequence, 'USAGE') AND has_sequence_privilege(s.sequence, 'UPDATE')) LIMIT 1", table).ConfigureAwait(false) is string sequence)
        {
            found.Add(new($"the sequence {sequence} fills a column of it, and this user may not move it on", $"{await GrantAsync(session, $"SELECT, USAGE, UPDATE ON SEQUENCE {sequence}").ConfigureAwait(false)}."));
        }
    }

    private async ValueTask InspectPrivilegesAsync(SqlSession session, string fences, SlotTable table, List<SlotObstacle> found)
    {
        if (await session.QueryAsync("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(@table)", ("@table", Quote(table))).ConfigureAwait(false) is false)
        {
            string owner = (string)(await session.QueryAsync("SELECT quote_ident(r.rolname) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = to_regclass(@table)", ("@table", Quote(table))).ConfigureAwait(false))!;
            found.Add(new("this user does not own it, and only an owner's triggers fire always", $"{await GrantAsync(session, owner).ConfigureAwait(false)}."));
        }

        foreach ((string name, string privilege) in (IEnumerable<(string, string)>)
            [.. Each(Quote(table), "SELECT", "INSERT", "DELETE"), .. Each(fences, "SELECT", "UPDATE"), .. Each(MovesOf(fences), "SELECT", "INSERT", "UPDATE", "DELETE")])
        {
            if (await session.QueryAsync("SELECT has_table_privilege(@name, @privilege)", ("@name", name), ("@privilege", privilege)).ConfigureAwait(false) is false)
            {
                found.Add(new($"this user may not {privilege} in {name}", $"{await GrantAsync(session, $"{privilege} ON {name}").ConfigureAwait(false)}."));
            }
        }

        string? schema = (string?)await session.QueryAsync("SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(@table) AND NOT has_schema_privilege(n.oid, 'CREATE')", ("@table", Quote(table))).ConfigureAwait(false);
        if (schema is not null)
        {
            found.Add(new($"this user may not create a log and a trigger function in the schema {schema}", $"{await GrantAsync(session, $"CREATE ON SCHEMA {schema}").ConfigureAwait(false)}."));
        }

        static IEnumerable<(string, string)> Each(string name, params string[] privileges) => privileges.Select(privilege => (name, privilege));
    }

    private static async ValueTask<string> GrantAsync(SqlSession session, string what) => $"GRANT {what} TO {await session.QueryAsync("SELECT quote_ident(current_user)").ConfigureAwait(false)}";
}
