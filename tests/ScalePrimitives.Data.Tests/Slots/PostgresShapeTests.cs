using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Tables whose keys, columns and sequences are not plain: each moves as it is, or is refused before anything moves, with the reason.</summary>
public sealed class PostgresShapeTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    [Theory]
    [InlineData("generated", "slot INT NOT NULL, id INT NOT NULL, twice INT NOT NULL GENERATED ALWAYS AS (id * 2) STORED, PRIMARY KEY (slot, twice)")]
    [InlineData("generated", "slot INT NOT NULL GENERATED ALWAYS AS (id % 8) STORED, id INT NOT NULL, PRIMARY KEY (slot, id)")]
    [InlineData("deferrable", "slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id), UNIQUE (slot, id) DEFERRABLE")]
    [InlineData("deferrable", "slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id) DEFERRABLE INITIALLY DEFERRED")]
    [InlineData("deferrable", "slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id), EXCLUDE USING btree (slot WITH =, id WITH =) DEFERRABLE")]
    [InlineData("unique index", "slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id), UNIQUE (id) INCLUDE (slot)")]
    [InlineData("unique index", "slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id), EXCLUDE USING btree (id WITH =)")]
    [InlineData("primary key", "slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (id) INCLUDE (slot)")]
    public async Task What_cannot_be_copied_is_refused_before_anything_moves(string reason, string columns)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync($"CREATE TABLE items ({columns})");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains(reason, refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(SlotState.Stable, (await world.MapAsync()).GetState(1));
        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
    }

    [Theory]
    [InlineData("CREATE TYPE kind AS ENUM ('r', 'g')", "CREATE TYPE kind AS ENUM ('r')", "kind IN ('r')")]
    [InlineData("CREATE DOMAIN kind AS TEXT", "CREATE DOMAIN kind AS TEXT CHECK (VALUE <> 'g')", "kind CHECK")]
    public async Task A_type_that_takes_less_at_the_target_is_found(string here, string there, string named)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", here);
        await world.ExecuteAsync("b", there);
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, kind kind, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 'g')");
        SlotMoveReport report = await new SqlSlotMover(world.Fence, [new SlotTable("items")], id => world.Sources[id]).CheckAsync([Move], TestToken);
        SlotMoveFinding found = Assert.Single(report.Findings);
        Assert.True(found is { ShardId: "b", PreventsMove: true } && found.Problem.Contains(named, StringComparison.Ordinal), $"{found}");
    }

    [Theory]
    [InlineData("PRIMARY KEY (slot, id) INCLUDE (name)")]
    [InlineData("PRIMARY KEY (slot, id), UNIQUE (slot, name) INCLUDE (id)")]
    [InlineData("PRIMARY KEY (slot, id), EXCLUDE USING btree (slot WITH =, name WITH =)")]
    public async Task Keys_that_have_the_slot_move(string keys)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync($"CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, name TEXT, {keys})");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 'pen'), (1, 2, 'ink')");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(["1|1|pen", "1|2|ink"], await world.RowsAsync("b", "items", 1));
    }

    // Rows would be read as copied, or deleted, that are not; and where updates have a rule no insert skips rows that are there.
    [Theory]
    [InlineData("b", "INSERT")]
    [InlineData("b", "UPDATE")]
    [InlineData("a", "DELETE")]
    public async Task A_rule_is_refused_by_name(string shard, string change)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1)");
        await world.ExecuteAsync(shard, $"CREATE RULE kept AS ON {change} TO items DO INSTEAD NOTHING");
        await world.AssertRefusedAsync(world.CoordinatorOf("items"), Move, "rule kept");
        await world.ExecuteAsync(shard, "DROP RULE kept ON items");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((0, 1), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
    }

    [Fact]
    public async Task A_key_of_which_only_the_case_changes_is_noted()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE COLLATION whatever_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
        await MoveWhileCaseChangesAsync(world, "COLLATE whatever_case");
    }

    // Both shards would not agree on which keys come before another.
    [Fact]
    public async Task Keys_that_the_shards_order_differently_are_refused()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", "CREATE COLLATION sorted (provider = icu, locale = 'en')");
        await world.ExecuteAsync("a", "CREATE TABLE items (slot INT NOT NULL, name TEXT COLLATE sorted NOT NULL, PRIMARY KEY (slot, name))");
        await world.ExecuteAsync("b", "CREATE TABLE items (slot INT NOT NULL, name TEXT COLLATE \"C\" NOT NULL, PRIMARY KEY (slot, name))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 'a'), (1, 'B'), (1, 'c'), (1, 'D')");
        world.Options = new SqlSlotMoverOptions { BatchRows = 2 };
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken));
        Assert.DoesNotContain("who writes", refused.Message, StringComparison.Ordinal); // not only found when both copies are compared
        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        Assert.Equal((4, 0), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
    }

    [Fact]
    public async Task Columns_may_stand_in_another_order()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", "CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, name TEXT, price NUMERIC(10,2), PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("b", "CREATE TABLE items (price NUMERIC(10,2), id INT NOT NULL, slot INT NOT NULL, name TEXT, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 'pen', 1.50), (1, 2, 'ink', NULL)");
        var written = new Once(() => world.ExecuteAsync("a", "UPDATE items SET name = 'nib' WHERE id = 2"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Verifying ? written.RunAsync() : Task.CompletedTask);
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(["1.50|1|1|pen", "|2|1|nib"], await world.RowsAsync("b", "items", 1));
    }

    [Theory]
    [InlineData("GENERATED BY DEFAULT AS IDENTITY")]
    [InlineData("GENERATED ALWAYS AS IDENTITY")]
    [InlineData("DEFAULT nextval('numbers')")]
    public async Task Numbers_that_the_target_gives_go_on_after_those_that_came(string numbering)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE SEQUENCE numbers", $"CREATE TABLE items (slot INT NOT NULL, id BIGINT NOT NULL {numbering}, name TEXT, PRIMARY KEY (slot, id))");
        if (numbering.Contains("nextval", StringComparison.Ordinal))
        {
            await world.ExecuteEverywhereAsync("ALTER SEQUENCE numbers OWNED BY items.id"); // as of a column that is serial
        }

        await world.ExecuteAsync("a", "INSERT INTO items (slot, name) SELECT 1, 'pen' FROM generate_series(1, 5)");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteAsync("b", "INSERT INTO items (slot, name) VALUES (1, 'new')");
        await world.ExecuteAsync("a", "INSERT INTO items (slot, name) VALUES (3, 'new')");
        Assert.Equal((6, 1), (await world.CountAsync("b", "items"), await world.CountAsync("b", "items", "name = 'new' AND id > 5")));
        Assert.Equal(1, await world.CountAsync("a", "items", "id > 5"));
    }

    [Fact]
    public async Task Names_of_columns_may_look_like_the_end_of_a_text()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, \"$body$\" INT NOT NULL, \"a'b\\c\" INT NOT NULL, \"d\"\"e{0}\" TEXT, PRIMARY KEY (slot, \"$body$\", \"a'b\\c\"))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 1, 'pen'), (1, 2, 1, 'ink')");
        var written = new Once(() => world.ExecuteAsync("a", "UPDATE items SET \"$body$\" = 3 WHERE \"$body$\" = 2"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.CatchingUp ? written.RunAsync() : Task.CompletedTask);
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(["1|1|1|pen", "1|3|1|ink"], await world.RowsAsync("b", "items", 1));
    }

    // The parent's triggers see nothing of what is written to a child.
    [Fact]
    public async Task A_table_that_others_inherit_from_is_refused()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))", "CREATE TABLE special_items (extra INT) INHERITS (items)");
        await world.ExecuteAsync("a", "INSERT INTO special_items VALUES (1, 1, 5)");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("inherit", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((1, 0), (await world.CountAsync("a", "special_items"), await world.CountAsync("b", "items")));
    }

    [Fact]
    public async Task A_table_of_partitions_moves()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id)) PARTITION BY HASH (id)",
            "CREATE TABLE items_0 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
            "CREATE TABLE items_1 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 1)");
        await world.ExecuteAsync("a", "INSERT INTO items SELECT 1, n FROM generate_series(1, 20) n");
        var written = new Once(() => world.ExecuteAsync("a", "INSERT INTO items SELECT 1, n FROM generate_series(21, 30) n"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.CatchingUp ? written.RunAsync() : Task.CompletedTask);
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((0, 30), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
    }


    [Fact]
    public async Task Amounts_of_money_arrive_as_they_were()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, price MONEY, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, '12.34'), (1, 2, '-92233720368547758.08')");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(2, await world.CountAsync("b", "items", "(id, price::numeric) IN ((1, 12.34), (2, -92233720368547758.08))"));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
