using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Rows that only move are no events: the tables' own triggers put nothing into an outbox for them.</summary>
public sealed class PostgresOutboxTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    private const string LeavesMovedRowsOut = "IF NOT EXISTS (SELECT 1 FROM slot_fences_moves WHERE mover = 1) THEN";

    [Fact]
    public async Task A_mover_that_may_silences_the_triggers()
    {
        await using SlotWorld world = await NewOutboxAsync("IF true THEN");
        await MoveWhileWrittenAsync(world, id => world.Sources[id]);
    }

    [Fact]
    public async Task A_mover_that_may_not_is_refused_with_the_name_of_the_trigger()
    {
        await using SlotWorld world = await NewOutboxAsync("IF true THEN");
        await using PostgresOwners owners = await OwnAsync(world);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator(world, id => owners[id]).RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("items_outbox", refused.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0, 5), (await world.CountAsync("a", "outbox"), await world.CountAsync("b", "outbox"), await world.CountAsync("a", "items")));
    }

    [Fact]
    public async Task A_trigger_that_leaves_moved_rows_out_is_no_obstacle()
    {
        await using SlotWorld world = await NewOutboxAsync(LeavesMovedRowsOut);
        await using PostgresOwners owners = await OwnAsync(world);
        await MoveWhileWrittenAsync(world, id => owners[id]);
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    // One event for each of the application's writes, and none for a copy or its deletion.
    private static async Task MoveWhileWrittenAsync(SlotWorld world, Func<string, DbDataSource> mover)
    {
        var written = new Once(() => world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 6, 'late')"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.CatchingUp ? written.RunAsync() : Task.CompletedTask);
        await Coordinator(world, mover).RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteAsync("b", "DELETE FROM items WHERE id = 6");
        Assert.Equal((0, 5), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
        Assert.Equal((1, 1), (await world.CountAsync("a", "outbox", "event = 'INSERT 6'"), await world.CountAsync("a", "outbox")));
        Assert.Equal((1, 1), (await world.CountAsync("b", "outbox", "event = 'DELETE 6'"), await world.CountAsync("b", "outbox")));
    }

    private async Task<SlotWorld> NewOutboxAsync(string condition)
    {
        SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, name TEXT, PRIMARY KEY (slot, id))",
            "CREATE TABLE outbox (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event TEXT NOT NULL)");
        await world.ExecuteAsync("a", "INSERT INTO items SELECT 1, n, 'item' FROM generate_series(1, 5) n");
        await world.ExecuteEverywhereAsync(
            $"""
            CREATE FUNCTION items_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              {condition}
                INSERT INTO outbox (event) VALUES (TG_OP || ' ' || COALESCE(NEW.id, OLD.id));
              END IF;
              RETURN NULL;
            END $$
            """,
            "CREATE TRIGGER items_outbox AFTER INSERT OR UPDATE OR DELETE ON items FOR EACH ROW EXECUTE FUNCTION items_outbox()");
        return world;
    }

    private Task<PostgresOwners> OwnAsync(SlotWorld world) => PostgresOwners.CreateAsync(server, world, ["items", "outbox"]);

    private static SlotMigration Coordinator(SlotWorld world, Func<string, DbDataSource> mover) => world.Coordinator(new SqlSlotMover(world.Fence, [new SlotTable("items")], mover));
}
