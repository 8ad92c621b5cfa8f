using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Fences and tables that are named with their schemas.</summary>
public sealed class PostgresQualifiedNameTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    [Fact]
    public async Task Tables_of_one_name_in_two_schemas_move_each_with_its_own_rows()
    {
        await using SlotWorld world = await NewWorldAsync();
        SqlSlotFence fence = await CreateAsync(world);
        await world.ExecuteAsync("a", "INSERT INTO sales.items VALUES (1, 1, 'sold'), (3, 1, 'stays')");
        await world.ExecuteAsync("a", "INSERT INTO audit.items VALUES (1, 1, 'audited'), (1, 2, 'audited too')");
        int writes = 0;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state is > SlotMigrationState.Preparing and <= SlotMigrationState.Frozen)
            {
                writes++;
                await world.ExecuteAsync("a", $"INSERT INTO sales.items VALUES (1, {10 + writes}, 'sold late')");
                await world.ExecuteAsync("a", $"INSERT INTO audit.items VALUES (1, {20 + writes}, 'audited late')");
            }
        });
        var mover = new SqlSlotMover(fence, [new SlotTable("sales.items"), new SlotTable("audit.items")], id => world.Sources[id]);
        await world.Coordinator(mover).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((1 + writes, 1 + writes), (await world.CountAsync("b", "sales.items"), await world.CountAsync("b", "sales.items", "body LIKE 'sold%'")));
        Assert.Equal((2 + writes, 2 + writes), (await world.CountAsync("b", "audit.items"), await world.CountAsync("b", "audit.items", "body LIKE 'audited%'")));
        Assert.Equal((1, 0), (await world.CountAsync("a", "sales.items"), await world.CountAsync("a", "audit.items")));
        Assert.Equal("b", (await Assert.ThrowsAsync<StaleShardMapException>(() => EnterAsync(world, fence, "a", 1))).ShardId);
        await EnterAsync(world, fence, "b", 2);
    }

    [Theory]
    [InlineData("sales.")]
    [InlineData(".items")]
    [InlineData("a.b.c")]
    [InlineData("sales.it-ems")]
    [InlineData("1sales.items")]
    public void Names_that_are_none_are_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => new SlotTable(name));
        Assert.Throws<ArgumentException>(() => new SqlSlotFence(SqlDialect.PostgreSql, name));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    private static async Task<SqlSlotFence> CreateAsync(SlotWorld world)
    {
        await world.ExecuteEverywhereAsync(["CREATE SCHEMA fences", .. ((string[])["sales", "audit"]).Select(schema => $"CREATE SCHEMA {schema}; CREATE TABLE {schema}.items (slot INT NOT NULL, id INT NOT NULL, body TEXT, PRIMARY KEY (slot, id))")]);
        var fence = new SqlSlotFence(SqlDialect.PostgreSql, "fences.slot_fences");
        foreach ((string id, DbDataSource shard) in world.Sources)
        {
            await fence.CreateSchemaAsync(shard, await world.MapAsync(), id, TestToken);
        }

        Assert.Equal(SlotWorld.Slots, await world.CountAsync("a", "fences.slot_fences"));
        return fence;
    }

    private static async Task EnterAsync(SlotWorld world, SqlSlotFence fence, string shard, long epoch)
    {
        await using DbConnection connection = await world.Sources[shard].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await fence.EnterAsync(transaction, 1, epoch, TestToken);
    }
}
