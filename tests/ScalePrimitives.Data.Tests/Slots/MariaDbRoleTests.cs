using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A service has the privileges of its tables alone, and a mover those of its database.</summary>
public sealed class MariaDbRoleTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    private const string Rights = "SELECT, INSERT, UPDATE, DELETE";

    [Fact]
    public async Task A_service_with_the_privileges_of_its_tables_writes_on_through_a_first_move()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 20);
        (DbDataSource a, DbDataSource b) = (await ServiceAsync(world, "a"), await ServiceAsync(world, "b"));
        var writes = new HashSet<SlotMigrationState>();
        var writer = new Inline(progress =>
        {
            if (progress.State is SlotMigrationState.Copying or SlotMigrationState.Verifying && writes.Add(progress.State))
            {
                ExecuteAsync(a, $"INSERT INTO orders VALUES (1, {100 + writes.Count}, 7, NULL)").GetAwaiter().GetResult();
                ExecuteAsync(a, "UPDATE orders SET version = 8 WHERE slot = 1 AND id = 2").GetAwaiter().GetResult();
                ExecuteAsync(a, $"DELETE FROM order_lines WHERE slot = 1 AND order_id = {writes.Count}").GetAwaiter().GetResult();
            }
        });
        await world.Coordinator().RunAsync(Move, writer, TestToken);
        Assert.Equal(2, writes.Count);
        await ExecuteAsync(b, "INSERT INTO orders VALUES (1, 200, 7, NULL)");
        await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(a, "INSERT INTO orders VALUES (1, 201, 7, NULL)"));
        Assert.Equal((3, 1, 36), (await world.CountAsync("b", "orders", "version = 7"), await world.CountAsync("b", "orders", "version = 8"), await world.CountAsync("b", "order_lines")));
    }

    [Fact]
    public async Task A_service_that_asks_the_fence_needs_little_more()
    {
        await using SlotWorld world = await NewWorldAsync();
        await using DbDataSource service = await ServiceAsync(world, "a", "SELECT, UPDATE ON slot_fences");
        await using DbConnection connection = await service.OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
        await SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES (1, 1, 1, NULL)");
        await transaction.CommitAsync(TestToken);
        await using DbTransaction reading = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, TestToken);
        await world.Fence.CheckReadAsync(reading, [new SlotEpoch(1, 1)], TestToken);
    }

    [Fact]
    public async Task A_mover_needs_the_privileges_of_its_databases_alone()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        var movers = new Dictionary<string, DbDataSource>(StringComparer.Ordinal);
        foreach ((string shard, TestDatabase database) in world.Databases)
        {
            movers[shard] = (await Server.AsNewUserAsync(database, $"ALL ON {Name(database)}.*")).Open();
        }

        await world.Coordinator(id => movers[id]).RunAsync(Move, cancellationToken: TestToken);
        await world.WriteAsync("b", 1, 2, "UPDATE orders SET version = 2 WHERE slot = 1");
        Assert.Equal((3, 0), (await world.CountAsync("b", "orders", "version = 2"), await world.CountAsync("a", "orders")));
        foreach (DbDataSource mover in movers.Values)
        {
            await mover.DisposeAsync();
        }
    }

    private async Task<DbDataSource> ServiceAsync(SlotWorld world, string shard, params string[] more)
    {
        string name = Name(world.Databases[shard]);
        string[] grants = [.. ((string[])[$"{Rights} ON orders", $"{Rights} ON order_lines", .. more]).Select(grant => grant.Replace(" ON ", $" ON {name}.", StringComparison.Ordinal))];
        return (await Server.AsNewUserAsync(world.Databases[shard], grants)).Open();
    }

    private static string Name(TestDatabase database) => (string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["Database"];

    private static async Task ExecuteAsync(DbDataSource source, string statement)
    {
        await using DbCommand command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(TestToken);
    }
}
