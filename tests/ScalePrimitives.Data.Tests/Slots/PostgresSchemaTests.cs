using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What the triggers and the mover mean by a name does not depend on the search path of whoever writes.</summary>
public sealed class PostgresSchemaTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    [Fact]
    public async Task Writers_with_another_search_path_write_on()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await using DbDataSource writer = (world.Databases["a"] with { ConnectionString = world.Databases["a"].ConnectionString.Replace("sales", "public", StringComparison.Ordinal) }).Open();
        int writes = 0;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state <= SlotMigrationState.Frozen)
            {
                await ExecuteAsync(writer, $"INSERT INTO sales.orders VALUES (1, {100 + ++writes}, 1, NULL), (3, {100 + writes}, 1, NULL)");
            }
        });
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(3 + writes, await world.CountAsync("b", "sales.orders"));
        await ExecuteAsync(writer, "INSERT INTO sales.orders VALUES (3, 1, 1, NULL)"); // a slot that never moved
        await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(writer, "INSERT INTO sales.orders VALUES (1, 1, 1, NULL)"));
    }

    // So a subscriber of logical replication applies.
    [Theory]
    [InlineData("")]
    [InlineData("SET session_replication_role = replica")]
    public async Task Writers_without_a_search_path_write_on(string setting)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        await SlotWorld.ExecuteAsync(connection, null, $"SET search_path = ''; {setting}");
        await SlotWorld.ExecuteAsync(connection, null, "INSERT INTO sales.orders VALUES (3, 1, 1, NULL)");
        Assert.Equal(1, await world.CountAsync("a", "orders"));
    }

    [Fact]
    public async Task A_foreign_key_of_a_table_of_the_same_name_elsewhere_is_found()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE SCHEMA other", "CREATE TABLE other.order_lines (id INT PRIMARY KEY, slot INT NOT NULL, order_id BIGINT NOT NULL, FOREIGN KEY (slot, order_id) REFERENCES sales.orders (slot, id))");
        await world.FillAsync("a", 1, 1);
        await world.ExecuteAsync("a", "INSERT INTO other.order_lines VALUES (1, 1, 1)");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("foreign key", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await world.CountAsync("a", "orders"));
    }

    // All in a schema that only some connections have in their path.
    protected override async Task<TestDatabase> NewDatabaseAsync()
    {
        TestDatabase database = await server.NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        await ExecuteAsync(source, "CREATE SCHEMA sales");
        return database with { ConnectionString = database.ConnectionString + ";Search Path=sales" };
    }

    private static async Task ExecuteAsync(DbDataSource shard, string statement)
    {
        await using DbConnection connection = await shard.OpenConnectionAsync(TestToken);
        await SlotWorld.ExecuteAsync(connection, null, statement);
    }
}
