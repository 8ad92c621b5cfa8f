using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A check names what the mover lacks, and the statement that grants it, which does.</summary>
public sealed class PostgresPrivilegeTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    [Theory]
    [InlineData("USAGE, UPDATE")]
    [InlineData("SELECT, UPDATE")]
    [InlineData("SELECT, USAGE")]
    public async Task Of_a_sequence_that_fills_a_column_a_mover_needs_all_three_privileges(string granted)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE SEQUENCE numbers", "CREATE TABLE items (slot INT NOT NULL, id BIGINT NOT NULL DEFAULT nextval('numbers'), PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items (slot) SELECT 1 FROM generate_series(1, 5)");
        await using PostgresOwners owners = await PostgresOwners.CreateAsync(server, world, ["items"], [$"{granted} ON SEQUENCE numbers"]);
        SqlSlotMover mover = Mover(world, id => owners[id]);
        List<SlotMoveFinding> followed = await FollowAsync(world, mover);
        Assert.Equal(["a", "b"], followed.Select(finding => finding.ShardId).Order(StringComparer.Ordinal));
        Assert.All(followed, finding => Assert.Contains("numbers", finding.Problem, StringComparison.Ordinal));
        await world.Coordinator(mover).RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteAsync("b", "INSERT INTO items (slot) VALUES (1)");
        Assert.Equal(["1", "2", "3", "4", "5", "6"], await world.QueryAsync("b", "SELECT id FROM items ORDER BY id"));
    }

    [Fact]
    public async Task An_identity_goes_with_its_table()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id BIGINT GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (slot, id))");
        await using PostgresOwners owners = await PostgresOwners.CreateAsync(server, world, ["items"]);
        Assert.Empty(await FollowAsync(world, Mover(world, id => owners[id])));
    }

    // The whole way from a role that may read the fences to one that moves.
    [Fact]
    public async Task Whoever_follows_the_remedies_becomes_a_mover()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", "CREATE ROLE items_owner");
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY)",
            "INSERT INTO countries VALUES ('de')",
            "CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, country CHAR(2) NOT NULL REFERENCES countries (code), PRIMARY KEY (slot, id))",
            "ALTER TABLE items OWNER TO items_owner",
            "ALTER TABLE items ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE items FORCE ROW LEVEL SECURITY");
        await world.ExecuteAsync("a", "INSERT INTO items SELECT 1, n, 'de' FROM generate_series(1, 3) n");
        await using DbDataSource a = (await server.AsNewUserAsync(world.Databases["a"], "SELECT ON slot_fences")).Open();
        await using DbDataSource b = (await server.AsNewUserAsync(world.Databases["b"], "SELECT ON slot_fences")).Open();
        SqlSlotMover mover = Mover(world, id => id == "a" ? a : b);
        List<SlotMoveFinding> followed = await FollowAsync(world, mover);
        Assert.All((string[])["countries", "items_owner", "BYPASSRLS", "SCHEMA public", "session_replication_role", "slot_fences_moves"], word =>
            Assert.Contains(followed, finding => finding.Remedy.Contains(word, StringComparison.Ordinal)));
        await world.Coordinator(mover).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((0, 3), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
    }

    // What cannot even be read is a finding as well.
    [Fact]
    public async Task A_read_that_is_refused_is_a_finding()
    {
        await using SlotWorld world = await NewWorldAsync();
        await using DbDataSource stranger = (await server.AsNewUserAsync(world.Databases["b"])).Open();
        SlotMoveReport report = await world.Mover(id => id == "b" ? stranger : world.Sources[id]).CheckAsync([Move, new SlotMove([3], "a", "b")], TestToken);
        Assert.Contains(report.Findings, finding => finding.PreventsMove && finding.Problem.Contains("slot_fences", StringComparison.Ordinal));
        Remedies.AssertCanBeCopied(report.Findings);
    }

    // The condition that leaves moved rows out is the writer's own query.
    [Fact]
    public async Task A_writer_needs_to_read_the_movers_where_a_trigger_of_its_own_asks_for_them()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync(
            "a",
            """
            CREATE FUNCTION orders_own() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF NOT EXISTS (SELECT 1 FROM slot_fences_moves WHERE mover = 1) THEN RETURN NULL; END IF;
              RETURN NULL;
            END $$;
            CREATE TRIGGER orders_own AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_own()
            """);
        await using DbDataSource writer = (await server.AsNewUserAsync(world.Databases["a"], "SELECT, INSERT, UPDATE, DELETE ON orders")).Open();
        await using DbConnection connection = await writer.OpenConnectionAsync(TestToken);
        Exception refused = await Assert.ThrowsAnyAsync<DbException>(() => SlotWorld.ExecuteAsync(connection, null, "INSERT INTO orders VALUES (1, 1, 1, NULL)"));
        Assert.Contains("slot_fences_moves", refused.Message, StringComparison.Ordinal);
        string user = (string)new DbConnectionStringBuilder { ConnectionString = writer.ConnectionString }["Username"];
        await world.ExecuteAsync("a", $"GRANT SELECT ON slot_fences_moves TO {user}"); // as docs/operations.md says
        await SlotWorld.ExecuteAsync(connection, null, "INSERT INTO orders VALUES (1, 1, 1, NULL)");
        Assert.Equal(1, await world.CountAsync("a", "orders"));
    }

    private static SqlSlotMover Mover(SlotWorld world, Func<string, DbDataSource> sources) => new(world.Fence, [new SlotTable("items")], sources, world.Options);

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
