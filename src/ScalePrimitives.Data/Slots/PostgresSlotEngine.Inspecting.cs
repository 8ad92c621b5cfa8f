namespace ScalePrimitives.Data;

// What keeps a table from moving.
internal sealed partial class PostgresSlotEngine
{
    public override async ValueTask<List<SlotObstacle>> InspectAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables)
    {
        List<SlotObstacle> found = [];
        (string, object?) table = ("@table", Quote(shape.Table));
        if (await session.QueryAsync("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'").ConfigureAwait(false) is true)
        {
            found.Add(new(
                "the server, or this user there, takes no writes, as a standby does",
                "Connect to the primary, and as a user whose default_transaction_read_only is off."));
        }

        string user = (string)(await session.QueryAsync("SELECT quote_ident(current_user)").ConfigureAwait(false))!;
        bool isReplica = (string?)await session.QueryAsync("SELECT current_setting('session_replication_role')").ConfigureAwait(false) == "replica";
        await InspectPrivilegesAsync(session, fences, shape, tables, user, found).ConfigureAwait(false);
        await InspectUniqueKeysAsync(session, shape, found).ConfigureAwait(false);
        await InspectForeignKeysAsync(session, shape, tables, isReplica ? null : user, found).ConfigureAwait(false);
        if (await session.QueryAsync("SELECT row_security_active(to_regclass(@table)::oid)", table).ConfigureAwait(false) is true)
        {
            found.Add(new("row level security hides rows of it from this user", $"ALTER ROLE {user} BYPASSRLS"));
        }

        if (await session.QueryAsync(
            """
            SELECT i.inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent
            WHERE c.oid = to_regclass(@table) AND c.relkind = 'r' LIMIT 1
            """,
            table).ConfigureAwait(false) is string child)
        {
            found.Add(new(
                $"the table {child} inherits from it, whose rows fire no triggers of its own",
                "Partition the table instead, or move the children's rows into it."));
        }

        // Where there is one for updates, PostgreSQL does not skip rows that are there either.
        if (await session.QueryAsync(
            "SELECT rulename FROM pg_rewrite WHERE ev_class = to_regclass(@table) AND ev_type IN ('2', '3', '4') LIMIT 1",
            table).ConfigureAwait(false) is string rule)
        {
            found.Add(new($"its rule {rule} makes something else of what is written", "Drop it, or make a trigger of it."));
        }

        await InspectTriggersAsync(session, MovesOf(fences), shape.Table, isReplica, found).ConfigureAwait(false);
        return found;
    }

    private async ValueTask InspectTriggersAsync(SqlSession session, string moves, SlotTable table, bool isReplica, List<SlotObstacle> found)
    {
        string fired = isReplica ? "'A', 'R'" : "'O', 'A'";
        List<string> triggers = await session.QueryRowsAsync(
            $"""
            SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE t.tgrelid = to_regclass(@table) AND NOT t.tgisinternal AND t.tgtype & 12 <> 0 AND t.tgname NOT IN (@fence, @truncate)
              AND t.tgenabled IN ({fired}) AND position(@moves in pg_get_triggerdef(t.oid) || p.prosrc) = 0
            """,
            static row => row.GetString(0),
            ("@table", Quote(table)),
            ("@fence", FenceTrigger(table)),
            ("@truncate", TruncateTrigger(table)),
            ("@moves", moves)).ConfigureAwait(false);
        found.AddRange(triggers.Select(trigger => SlotTriggers.Fires(
            trigger, moves, isReplica ? null : "Or let the mover connect as a user that may set session_replication_role.")));
    }

    private async ValueTask InspectUniqueKeysAsync(SqlSession session, TableShape shape, List<SlotObstacle> found)
    {
        (string, object?) table = ("@table", Quote(shape.Table));
        if (await session.QueryAsync(
            """
            SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = @slot
            WHERE i.indrelid = to_regclass(@table) AND (i.indisunique OR i.indisexclusion) AND NOT a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]) LIMIT 1
            """,
            ("@slot", shape.Table.SlotColumn),
            table).ConfigureAwait(false) is string unique)
        {
            found.Add(new(
                $"the unique index or exclusion constraint {unique} has not the slot column, so that rows of two slots could collide",
                $"Make it anew with the column {shape.Table.SlotColumn}, or drop it."));
        }

        if (await session.QueryAsync(
            "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(@table) AND contype IN ('p', 'u', 'x') AND condeferrable LIMIT 1",
            table).ConfigureAwait(false) is string deferrable)
        {
            found.Add(new($"the constraint {deferrable} is deferrable, by which PostgreSQL cannot skip rows that are there", "Make it NOT DEFERRABLE."));
        }
    }

    private async ValueTask InspectForeignKeysAsync(SqlSession session, TableShape shape, IReadOnlyList<SlotTable> tables, string? userWhoIsChecked, List<SlotObstacle> found)
    {
        (string, object?) table = ("@table", Quote(shape.Table));
        if (await session.QueryAsync(
            $"""
            SELECT conname FROM pg_constraint
            WHERE contype = 'f' AND conparentid = 0 AND confrelid = to_regclass(@table) AND conrelid NOT IN ({MovingOids}) LIMIT 1
            """,
            table,
            Moving(tables)).ConfigureAwait(false) is string outside)
        {
            found.Add(new($"the foreign key {outside} of a table that does not move with it leads to it", "Move that table with it."));
        }

        if (userWhoIsChecked is not null && await session.QueryAsync(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND (conrelid = to_regclass(@table) OR confrelid = to_regclass(@table)) LIMIT 1",
            table).ConfigureAwait(false) is string foreign)
        {
            found.Add(new(
                $"it has the foreign key {foreign}, and rows that come one after the other break it for a while, unless this user may leave it unchecked "
                    + "(a superuser may, and from PostgreSQL 15 on whoever it is granted to)",
                $"GRANT SET ON PARAMETER session_replication_role TO {userWhoIsChecked}"));
        }
    }

    private async ValueTask InspectPrivilegesAsync(SqlSession session, string fences, TableShape shape, IReadOnlyList<SlotTable> tables, string user, List<SlotObstacle> found)
    {
        (string, object?) table = ("@table", Quote(shape.Table));
        if (await session.QueryAsync(
            """
            SELECT quote_ident(r.rolname) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
            WHERE c.oid = to_regclass(@table) AND NOT pg_has_role(c.relowner, 'USAGE')
            """,
            table).ConfigureAwait(false) is string owner)
        {
            found.Add(new("this user does not own it, and only an owner's triggers fire always", $"GRANT {owner} TO {user}"));
        }

        List<SlotReference> references = await ReferencesAsync(session, shape, tables).ConfigureAwait(false);
        foreach ((string name, string privilege) in (IEnumerable<(string, string)>)
        [
            .. Each(Quote(shape.Table), "SELECT", "INSERT", "DELETE"),
            .. Each(fences, "SELECT", "UPDATE"),
            .. Each(MovesOf(fences), "SELECT", "INSERT", "UPDATE", "DELETE"),
            .. references.Select(static each => (each.Table, "SELECT")).Distinct(), // where what rows lead to is looked for
        ])
        {
            if (await session.QueryAsync("SELECT has_table_privilege(@name, @privilege)", ("@name", name), ("@privilege", privilege)).ConfigureAwait(false) is false)
            {
                found.Add(new($"this user may not {privilege} in {name}", $"GRANT {privilege} ON {name} TO {user}"));
            }
        }

        if (await session.QueryAsync(
            """
            SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = to_regclass(@table) AND NOT has_schema_privilege(n.oid, 'CREATE')
            """,
            table).ConfigureAwait(false) is string schema)
        {
            found.Add(new($"this user may not create a log and a trigger function in the schema {schema}", $"GRANT CREATE ON SCHEMA {schema} TO {user}"));
        }

        // SELECT tells where it stands, USAGE takes a number for a row that names none, and UPDATE sets it.
        if (await session.QueryAsync(
            $"""
            SELECT s.sequence FROM ({Sequences}) AS s WHERE NOT (has_sequence_privilege(s.sequence, 'SELECT')
              AND has_sequence_privilege(s.sequence, 'USAGE') AND has_sequence_privilege(s.sequence, 'UPDATE')) LIMIT 1
            """,
            table).ConfigureAwait(false) is string sequence)
        {
            found.Add(new(
                $"the sequence {sequence} fills a column of it, and this user may not move it on",
                $"GRANT SELECT, USAGE, UPDATE ON SEQUENCE {sequence} TO {user}"));
        }

        static IEnumerable<(string, string)> Each(string name, params string[] privileges) => privileges.Select(privilege => (name, privilege));
    }
}
