using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Tables, and the fence, may be in other databases than the one that connections use by default; those of two shards have the same names, each on its own server.</summary>
public sealed class MariaDbQualifiedNameTests(MariaDbServer server, MariaDbQualifiedNameTests.Another another) : IClassFixture<MariaDbServer>, IClassFixture<MariaDbQualifiedNameTests.Another>
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("control.slot_fences", "sales.orders")]
    [InlineData("slot_fences", "sales.orders")]
    [InlineData("control.slot_fences", "orders")]
    public async Task Rows_move_and_are_fenced_wherever_tables_are(string fences, string orders)
    {
        var map = new ShardMap(SlotWorld.Slots, ["a", "b"]);
        var maps = new InMemoryShardMapStore();
        await maps.TryReplaceAsync(map, 0, TestToken);
        var fence = new SqlSlotFence(SqlDialect.MySql, fences);
        await using DbDataSource a = await NewShardAsync(server, fence, map, "a", orders);
        await using DbDataSource b = await NewShardAsync(another, fence, map, "b", orders);
        await ExecuteAsync(a, $"INSERT INTO {orders} VALUES (1, 1, 'one'), (1, 2, 'two'), (3, 1, 'stays')");
        bool isWritten = false;
        var writer = new SlotContract.Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && !isWritten)
            {
                isWritten = true;
                ExecuteAsync(a, $"INSERT INTO {orders} VALUES (1, 3, 'three')").GetAwaiter().GetResult();
            }
        });
        var mover = new SqlSlotMover(fence, [new SlotTable(orders)], id => id == "a" ? a : b);
        await new SlotMigration(new InMemorySlotMigrationStore(), maps, mover, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero }).RunAsync(new SlotMove([1, 2], "a", "b"), writer, TestToken);
        Assert.Equal((1, 3), (await CountAsync(a, orders), await CountAsync(b, orders)));
        await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(a, $"INSERT INTO {orders} VALUES (1, 9, NULL)"));
        await ExecuteAsync(b, $"INSERT INTO {orders} VALUES (1, 9, NULL)");
        await using DbConnection connection = await a.OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        Assert.Equal("b", (await Assert.ThrowsAsync<StaleShardMapException>(async () => await fence.EnterAsync(transaction, 1, 1, TestToken))).ShardId);
    }

    private static async Task<DbDataSource> NewShardAsync(MariaDbServer server, SqlSlotFence fence, ShardMap map, string shard, string orders)
    {
        DbDataSource source = (await server.NewDatabaseAsync()).Open();
        await server.ExecuteAsync(null, "DROP DATABASE IF EXISTS control", "DROP DATABASE IF EXISTS sales", "CREATE DATABASE control", "CREATE DATABASE sales");
        await fence.CreateSchemaAsync(source, map, shard, TestToken);
        await ExecuteAsync(source, $"CREATE TABLE {orders} (slot INT NOT NULL, id INT NOT NULL, body VARCHAR(20), PRIMARY KEY (slot, id))");
        return source;
    }

    private static async Task ExecuteAsync(DbDataSource source, string statement)
    {
        await using DbCommand command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(TestToken);
    }

    private static async Task<long> CountAsync(DbDataSource source, string table)
    {
        await using DbCommand command = source.CreateCommand($"SELECT COUNT(*) FROM {table}");
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The server of the other shard.</summary>
    public sealed class Another : MariaDbServer;
}
