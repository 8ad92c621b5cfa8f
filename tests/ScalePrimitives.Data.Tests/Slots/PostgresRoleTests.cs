using System.Data;
using System.Data.Common;
using Npgsql;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What a role has to be granted, and what it cannot do without: as a writer of tables that move, and as a mover.</summary>
public sealed class PostgresRoleTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    private static readonly string[] OfTheTables = ["SELECT, INSERT, UPDATE, DELETE ON orders", "SELECT, INSERT, UPDATE, DELETE ON order_lines"];

    [Fact]
    public async Task A_role_writes_on_through_a_first_move_with_the_privileges_of_its_tables()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 5);
        await using DbDataSource atA = (await server.AsNewUserAsync(world.Databases["a"], OfTheTables)).Open();
        await using DbDataSource atB = (await server.AsNewUserAsync(world.Databases["b"], OfTheTables)).Open();
        int writes = 0;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state <= SlotMigrationState.Frozen)
            {
                writes++;
                await ExecuteAsync(
                    atA, $"INSERT INTO orders VALUES (1, {100 + writes}, 1, NULL)", $"UPDATE orders SET version = version + 1 WHERE slot = 1 AND id = 1", $"DELETE FROM order_lines WHERE slot = 1 AND order_id = {writes}");
            }
        });
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((5 + writes, 1), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "orders", $"id = 1 AND version = {1 + writes}")));
        Assert.Equal(2 * (5 - writes), await world.CountAsync("b", "order_lines"));
        await ExecuteAsync(atA, "INSERT INTO orders VALUES (3, 9, 1, NULL)");
        await ExecuteAsync(atB, "INSERT INTO orders VALUES (1, 9, 1, NULL)");
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(atA, "INSERT INTO orders VALUES (1, 10, 1, NULL)"));
        await world.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_role_that_may_read_and_update_the_fences_asks_them(IsolationLevel isolation)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 5);
        string[] grants = [.. OfTheTables, "SELECT, UPDATE ON slot_fences"];
        await using DbDataSource atA = (await server.AsNewUserAsync(world.Databases["a"], grants)).Open();
        await using DbDataSource atB = (await server.AsNewUserAsync(world.Databases["b"], grants)).Open();
        int writes = 0;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state <= SlotMigrationState.Frozen)
            {
                writes++;
                await EnterAndWriteAsync(atA, epoch: 1);
            }
        });
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await EnterAndWriteAsync(atB, epoch: 2);
        await Assert.ThrowsAsync<StaleShardMapException>(() => EnterAndWriteAsync(atA, epoch: 1));
        Assert.Equal(1, await world.CountAsync("b", "orders", $"id = 1 AND version = {2 + writes}"));

        async Task EnterAndWriteAsync(DbDataSource shard, long epoch)
        {
            await using DbConnection connection = await shard.OpenConnectionAsync(TestToken);
            await using DbTransaction transaction = await connection.BeginTransactionAsync(isolation, TestToken);
            await world.Fence.EnterAsync(transaction, 1, epoch, TestToken);
            await SlotWorld.ExecuteAsync(connection, transaction, "UPDATE orders SET version = version + 1 WHERE slot = 1 AND id = 1");
            await transaction.CommitAsync(TestToken);
        }
    }

    [Fact]
    public async Task A_role_that_may_read_the_fences_checks_what_it_reads()
    {
        await using SlotWorld world = await NewWorldAsync();
        await using DbDataSource reader = (await server.AsNewUserAsync(world.Databases["a"], "SELECT ON orders", "SELECT ON slot_fences")).Open();
        await CheckAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal("b", (await Assert.ThrowsAsync<StaleShardMapException>(CheckAsync)).ShardId);

        async Task CheckAsync()
        {
            await using DbConnection connection = await reader.OpenConnectionAsync(TestToken);
            await using DbTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, TestToken);
            await world.Fence.CheckReadAsync(transaction, [new SlotEpoch(1, 1)], TestToken);
        }
    }

    // What a name without a schema means is the caller's to say: temporary tables come first.
    [Fact]
    public async Task Temporary_fences_of_a_writer_deceive_no_trigger()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await using DbDataSource writer = (await server.AsNewUserAsync(world.Databases["a"], OfTheTables)).Open();
        await using DbConnection connection = await writer.OpenConnectionAsync(TestToken);
        await SlotWorld.ExecuteAsync(connection, null, "CREATE TEMPORARY TABLE slot_fences (slot INT, state SMALLINT, epoch BIGINT, peer TEXT, move_id TEXT, until_us BIGINT)");
        await SlotWorld.ExecuteAsync(connection, null, "INSERT INTO slot_fences VALUES (1, 0, 9, NULL, NULL, 0)");
        await Assert.ThrowsAsync<PostgresException>(() => SlotWorld.ExecuteAsync(connection, null, "INSERT INTO orders VALUES (1, 9, 1, NULL)"));
        Assert.Equal(0, await world.CountAsync("a", "orders"));
    }

    // Functions of the writer's own, in a schema that it may put first, would run with the rights of the trigger.
    [Fact]
    public async Task Functions_of_a_writer_are_not_run_with_the_rights_of_a_trigger()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteAsync("a", "CREATE SCHEMA own; CREATE TABLE own.ran (as_role TEXT)");
        await using DbDataSource writer = (await server.AsNewUserAsync(world.Databases["a"], [.. OfTheTables, "ALL ON SCHEMA own", "INSERT ON own.ran"])).Open();
        await using DbConnection connection = await writer.OpenConnectionAsync(TestToken);
        foreach (string function in (string[])["pg_advisory_xact_lock_shared(INT, INT) RETURNS void", "current_setting(TEXT) RETURNS text"])
        {
            string result = function.EndsWith("void", StringComparison.Ordinal) ? "" : "; SELECT 'read committed'::text";
            await SlotWorld.ExecuteAsync(connection, null, $"CREATE FUNCTION own.{function} LANGUAGE sql AS $$ INSERT INTO own.ran VALUES (current_user){result} $$");
        }

        await SlotWorld.ExecuteAsync(connection, null, "SET search_path = own, pg_catalog, public");
        await SlotWorld.ExecuteAsync(connection, null, "INSERT INTO public.orders VALUES (3, 9, 1, NULL)");
        Assert.Equal(0, await world.CountAsync("a", "own.ran"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_mover_owns_the_tables_and_no_more_unless_they_have_foreign_keys(bool mayLeaveKeysUnchecked)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))");
        await world.FillAsync("a", 1, 5);
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1), (1, 2)");
        await using PostgresOwners owners = await PostgresOwners.CreateAsync(server, world, ["orders", "order_lines", "items"], mayLeaveKeysUnchecked ? ["SET ON PARAMETER session_replication_role"] : []);
        await world.Coordinator(new SqlSlotMover(world.Fence, [new SlotTable("items")], id => owners[id])).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(2, await world.CountAsync("b", "items"));
        SlotMigration ofOrders = world.Coordinator(id => owners[id]);
        if (mayLeaveKeysUnchecked)
        {
            await ofOrders.RunAsync(new SlotMove([3], "a", "b"), cancellationToken: TestToken);
        }
        else
        {
            InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ofOrders.RunAsync(new SlotMove([3], "a", "b"), cancellationToken: TestToken));
            Assert.Contains("session_replication_role", refused.Message, StringComparison.Ordinal);
        }
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    private static async Task ExecuteAsync(DbDataSource shard, params string[] statements)
    {
        await using DbConnection connection = await shard.OpenConnectionAsync(TestToken);
        foreach (string statement in statements)
        {
            await SlotWorld.ExecuteAsync(connection, null, statement);
        }
    }
}
