using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>
/// Two shards, a and b, with orders and their lines, a map of eight slots (0 to 3 on a, 4 to 7 on b), and what moves slots between them. A third, c, has no slots yet where a test wants it.
/// </summary>
internal sealed class SlotWorld : IAsyncDisposable
{
    public const int Slots = 8;

    private static readonly string[] Tables =
    [
        "CREATE TABLE orders (slot INT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, body VARCHAR(200), PRIMARY KEY (slot, id))",
        "CREATE TABLE order_lines (slot INT NOT NULL, order_id BIGINT NOT NULL, line INT NOT NULL, article VARCHAR(50) NOT NULL, PRIMARY KEY (slot, order_id, line), FOREIGN KEY (slot, order_id) REFERENCES orders (slot, id))",
    ];

    private SlotWorld(TestDatabase[] databases)
    {
        Databases = databases.Index().ToDictionary(each => ((char)('a' + each.Index)).ToString(), each => each.Item, StringComparer.Ordinal);
        Sources = Databases.ToDictionary(each => each.Key, each => each.Value.Open(), StringComparer.Ordinal);
        Fence = new SqlSlotFence(databases[0].Dialect);
        Migrations = new InMemorySlotMigrationStore();
        Maps = new InMemoryShardMapStore();
        Options = new SqlSlotMoverOptions { BatchRows = 7 };
    }

    public Dictionary<string, TestDatabase> Databases { get; }

    public Dictionary<string, DbDataSource> Sources { get; }

    public SqlSlotFence Fence { get; }

    public ISlotMigrationStore Migrations { get; set; }

    public IShardMapStore Maps { get; set; }

    public SqlSlotMoverOptions Options { get; set; }

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    public static Task<SlotWorld> CreateAsync(TestDatabase a, TestDatabase b) => CreateAsync(Slots, a, b);

    public static async Task<SlotWorld> CreateAsync(int slots, params TestDatabase[] databases)
    {
        var world = new SlotWorld(databases);
        var map = new ShardMap(slots, ["a", "b"]);
        await world.Maps.TryReplaceAsync(map, 0, TestToken);
        foreach (string more in world.Sources.Keys.Skip(2))
        {
            map = map.AddShard(more);
            await world.Maps.TryReplaceAsync(map, map.Version - 1, TestToken);
        }

        foreach ((string id, DbDataSource source) in world.Sources)
        {
            if (databases[0].Dialect == SqlDialect.Sqlite)
            {
                await world.ExecuteAsync(id, "PRAGMA journal_mode = WAL"); // in which readers hold up nobody
            }

            await world.Fence.CreateSchemaAsync(source, map, id, TestToken);
            await world.Fence.CreateSchemaAsync(source, map, id, TestToken);
            foreach (string table in Tables)
            {
                await world.ExecuteAsync(id, table);
            }
        }

        return world;
    }

    public static async Task ExecuteAsync(DbConnection connection, DbTransaction? transaction, string statement)
    {
        await using DbCommand command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, statement);
        await command.ExecuteNonQueryAsync(TestToken);
    }

    public SqlSlotMover Mover(Func<string, DbDataSource>? sources = null) => new(Fence, [new SlotTable("order_lines"), new SlotTable("orders")], sources ?? (id => Sources[id]), Options);

    public SlotMigration Coordinator(Func<string, DbDataSource>? sources = null, TimeSpan retireAfter = default) => Coordinator(Mover(sources), retireAfter);

    public SlotMigration Coordinator(ISlotMover mover, TimeSpan retireAfter = default) => new(Migrations, Maps, mover, new SlotMigrationOptions { RetireAfter = retireAfter, FreezePause = TimeSpan.Zero });

    /// <summary>Makes a coordinator of moves of other tables than the orders and their lines, each with a primary key and a column <c>slot</c>.</summary>
    public SlotMigration CoordinatorOf(params string[] tables) => Coordinator(new SqlSlotMover(Fence, tables.Select(table => new SlotTable(table)), id => Sources[id], Options));

    public async Task<ShardMap> MapAsync() => (await Maps.ReadAsync(cancellationToken: TestToken))!;

    /// <summary>Adds orders with two lines each.</summary>
    public async Task FillAsync(string shard, int slot, int orders, long firstId = 1)
    {
        for (long id = firstId; id < firstId + orders; id++)
        {
            await ExecuteAsync(shard, $"INSERT INTO orders VALUES ({slot}, {id}, 1, 'order {id}')");
            await ExecuteAsync(shard, $"INSERT INTO order_lines VALUES ({slot}, {id}, 1, 'pen'), ({slot}, {id}, 2, 'ink')");
        }
    }

    /// <summary>Writes as a service does: through the fence, in a transaction.</summary>
    public async Task WriteAsync(string shard, int slot, long epoch, params string[] statements)
    {
        await using DbConnection connection = await Sources[shard].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await Fence.EnterAsync(transaction, slot, epoch, TestToken);
        foreach (string statement in statements)
        {
            await ExecuteAsync(connection, transaction, statement);
        }

        await transaction.CommitAsync(TestToken);
    }

    /// <summary>Runs a statement on every shard.</summary>
    public async Task ExecuteEverywhereAsync(params IEnumerable<string> statements)
    {
        foreach (string shard in Sources.Keys)
        {
            foreach (string statement in statements)
            {
                await ExecuteAsync(shard, statement);
            }
        }
    }

    public async Task ExecuteAsync(string shard, string statement)
    {
        await using DbConnection connection = await Sources[shard].OpenConnectionAsync(TestToken);
        await ExecuteAsync(connection, null, statement);
    }

    public async Task<long> CountAsync(string shard, string table, string condition = "1 = 1")
    {
        await using DbConnection connection = await Sources[shard].OpenConnectionAsync(TestToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table} WHERE {condition}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestToken), CultureInfo.InvariantCulture);
    }

    /// <summary>Reads a table's rows of a slot as text, in order.</summary>
    public async Task<List<string>> RowsAsync(string shard, string table, int slot)
    {
        await using DbConnection connection = await Sources[shard].OpenConnectionAsync(TestToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {table} WHERE slot = {slot}";
        await using DbDataReader reader = await command.ExecuteReaderAsync(TestToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(TestToken))
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    /// <summary>Asserts that no migration has left anything: no notes, no mover, no fence that is not one shard's own.</summary>
    public async Task AssertNothingIsLeftAsync()
    {
        long owned = 0;
        foreach (string shard in Sources.Keys)
        {
            Assert.Equal(0, await CountAsync(shard, "slot_fences_moves"));
            Assert.Equal(0, await CountAsync(shard, "slot_fences", "move_id IS NOT NULL OR state NOT IN (0, 4)"));
            if (shard is "a" or "b")
            {
                Assert.Equal(0, await CountAsync(shard, "orders_slot_changes"));
                Assert.Equal(0, await CountAsync(shard, "order_lines_slot_changes"));
            }

            owned += await CountAsync(shard, "slot_fences", "state = 0");
        }

        Assert.Empty(await Migrations.ListUnfinishedAsync(TestToken));
        Assert.Equal((await MapAsync()).SlotCount, owned);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DbDataSource source in Sources.Values)
        {
            await source.DisposeAsync();
        }
    }
}
