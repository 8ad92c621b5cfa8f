using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Databases whose default is not Unicode keep the ids of shards and maps all the same.</summary>
public sealed class MariaDbCharacterSetTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    private const string Latin = "CHARACTER SET latin1";
    private const string Berlin = "Берлин";
    private const string Tokyo = "東京 🗼";

    [Fact]
    public async Task Fences_send_to_shards_of_any_name()
    {
        TestDatabase berlin = await NewDatabaseAsync("", Latin);
        TestDatabase tokyo = await NewDatabaseAsync("", Latin);
        await using DbDataSource source = berlin.Open();
        await using DbDataSource target = tokyo.Open();
        var map = new ShardMap(SlotWorld.Slots, [Berlin, Tokyo]);
        var maps = new InMemoryShardMapStore();
        await maps.TryReplaceAsync(map, 0, TestToken);
        var fence = new SqlSlotFence(SqlDialect.MySql);
        await fence.CreateSchemaAsync(source, map, Berlin, TestToken);
        await fence.CreateSchemaAsync(target, map, Tokyo, TestToken);
        Assert.Equal(Berlin, await StaleAsync(fence, target, 1));
        Assert.Equal(Tokyo, await StaleAsync(fence, source, 5));
        foreach (DbDataSource shard in (DbDataSource[])[source, target])
        {
            await using DbCommand create = shard.CreateCommand("CREATE TABLE orders (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))");
            await create.ExecuteNonQueryAsync(TestToken);
        }

        var migrations = new SqlSlotMigrationStore(source, SqlDialect.MySql);
        await migrations.CreateSchemaAsync(TestToken);
        var mover = new SqlSlotMover(fence, [new SlotTable("orders")], id => id switch
        {
            Berlin => source,
            Tokyo => target,
            _ => throw new ArgumentException($"There is no shard '{id}'.", nameof(id)),
        });
        var coordinator = new SlotMigration(migrations, maps, mover, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero });
        var stop = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Verifying)
            {
                throw new NotSupportedException("Enough.");
            }
        });
        await Assert.ThrowsAsync<NotSupportedException>(() => coordinator.RunAsync(new SlotMove([1], Berlin, Tokyo), stop, TestToken));
        await coordinator.ResumeAsync(Assert.Single(await migrations.ListUnfinishedAsync(TestToken)).Id, cancellationToken: TestToken);
        Assert.Equal(Tokyo, await StaleAsync(fence, source, 1));
    }

    [Fact]
    public async Task Records_keep_shards_and_maps_of_any_name()
    {
        await using DbDataSource source = (await NewDatabaseAsync("", Latin)).Open();
        var store = new SqlSlotMigrationStore(source, SqlDialect.MySql);
        await store.CreateSchemaAsync(TestToken);
        var record = new SlotMigrationRecord(Guid.NewGuid(), "карта", new SlotMove([1, 2], Berlin, Tokyo), 2, SlotMigrationState.Preparing, 1, 1);
        Assert.True(await store.TryWriteAsync(record, TestToken));
        SlotMigrationRecord? kept = await store.ReadAsync(record.Id, TestToken);
        Assert.Equal((record.MapId, Berlin, Tokyo), (kept?.MapId, kept?.Move.From, kept?.Move.To));
    }

    [Fact]
    public async Task Rows_keep_their_texts_and_keys()
    {
        await using SlotWorld world = await NewWorldAsync("", Latin);
        await world.ExecuteEverywhereAsync("CREATE TABLE places (slot INT NOT NULL, name VARCHAR(50) CHARACTER SET utf8mb4 NOT NULL, latin VARCHAR(50), PRIMARY KEY (slot, name))");
        await world.ExecuteAsync("a", "INSERT INTO places VALUES (1, @p0, 'é'), (1, @p1, 'ÿ')", Berlin, Tokyo);
        int changes = 0;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && changes++ == 0)
            {
                world.ExecuteAsync("a", "INSERT INTO places VALUES (1, @p0, '€')", Berlin + Tokyo).GetAwaiter().GetResult();
            }
        });
        await world.CoordinatorOf("places").RunAsync(new SlotMove([1, 2], "a", "b"), writer, TestToken);
        Assert.Equal([$"{Berlin}|é", $"{Berlin}{Tokyo}|€", $"{Tokyo}|ÿ"], await world.QueryAsync("b", "SELECT name, latin FROM places ORDER BY CAST(name AS BINARY)"));
    }

    private static async Task<string> StaleAsync(SqlSlotFence fence, DbDataSource shard, int slot)
    {
        await using DbConnection connection = await shard.OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        return (await Assert.ThrowsAsync<StaleShardMapException>(async () => await fence.EnterAsync(transaction, slot, 1, TestToken))).ShardId;
    }
}
