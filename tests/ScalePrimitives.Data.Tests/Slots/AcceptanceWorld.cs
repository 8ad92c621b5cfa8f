using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using SlotMover;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Two shards under a load of writers and readers that know what they were told, and find out when a shard knows otherwise.</summary>
internal sealed partial class AcceptanceWorld : IAsyncDisposable
{
    public const int Slots = 8;
    private const int Writers = 3;
    private const int FirstRows = 120; // of each writer, there before the first move; their ids are never deleted

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TestDatabase[] _databases;
    private readonly DbDataSource[] _shards;
    private readonly SqlSlotFence _fence;
    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
    private readonly ConcurrentDictionary<long, long> _known = new(); // id → the version that was acknowledged, 0 of a row that was deleted
    private readonly ConcurrentDictionary<long, bool> _uncertain = new(); // a commit that broke may have happened
    private readonly List<Task> _load = [];
    private ShardRouter<long, DbDataSource> _router = null!;
    private long _writes;
    private long _scatters;

    private AcceptanceWorld(TestDatabase a, TestDatabase b, string catalogue)
    {
        _databases = [a, b];
        _shards = [a.Open(), b.Open()];
        _fence = new SqlSlotFence(a.Dialect);
        Catalogue = new TestDatabase(SqlDialect.Sqlite, catalogue);
        Kept = Catalogue.Open();
        Maps = new SqlShardMapStore(Kept, SqlDialect.Sqlite);
        Migrations = new SqlSlotMigrationStore(Kept, SqlDialect.Sqlite);
    }

    public TestDatabase Catalogue { get; }

    public IReadOnlyList<TestDatabase> Databases => _databases;

    public SqlShardMapStore Maps { get; }

    public SqlSlotMigrationStore Migrations { get; }

    /// <summary>Gets how long slots let no write through.</summary>
    public WriteWaits Waits { get; } = new();

    /// <summary>Gets or sets a value indicating whether a server was killed. From then on connections that it had may break; before, no call of a database fails but by a lock.</summary>
    public bool HasCrashed { get; set; }

    public long Writes => Interlocked.Read(ref _writes);

    public long Scatters => Interlocked.Read(ref _scatters);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    private DbDataSource Kept { get; }

    public static async Task<AcceptanceWorld> StartAsync(TestDatabase a, TestDatabase b, string catalogue)
    {
        var world = new AcceptanceWorld(a, b, catalogue);
        await world.Maps.CreateSchemaAsync(TestToken);
        await world.Migrations.CreateSchemaAsync(TestToken);
        var strategy = new HashShardStrategy<long>(Slots);
        var map = new ShardMap(Slots, ["a", "b"], strategyId: strategy.Id);
        await world.Maps.TryReplaceAsync(map, 0, TestToken);
        for (int i = 0; i < 2; i++)
        {
            foreach (string statement in AcceptanceTables.Create.Prepend(a.Dialect == SqlDialect.Sqlite ? "PRAGMA journal_mode = WAL" : "SELECT 1"))
            {
                await using DbCommand command = world._shards[i].CreateCommand(statement);
                await command.ExecuteNonQueryAsync(TestToken);
            }

            await world._fence.CreateSchemaAsync(world._shards[i], map, map.ShardIds[i], TestToken);
        }

        world._router = new ShardRouter<long, DbDataSource>(strategy, map, id => world._shards[id == "a" ? 0 : 1], new ShardRouterOptions { FrozenBudget = TimeSpan.FromSeconds(15) });
        for (int writer = 0; writer < Writers; writer++)
        {
            for (int i = 0; i < FirstRows; i++)
            {
                await world.WriteAsync((i * Writers) + writer, 0);
            }
        }

        return world;
    }

    public void BeginLoad()
    {
        for (int writer = 0; writer < Writers; writer++)
        {
            int own = writer;
            _load.Add(Task.Run(() => WriteOnAsync(own), TestToken));
        }

        _load.Add(Task.Run(ReadOnAsync, TestToken));
        _load.Add(Task.Run(ScatterOnAsync, TestToken));
    }

    /// <summary>Lets a coordinator work that has connections of its own, as a process elsewhere would have.</summary>
    public async Task<SlotMigrationRecord> CoordinateAsync(Func<SlotMigration, Task<SlotMigrationRecord>> work)
    {
        await using DbDataSource a = _databases[0].Open();
        await using DbDataSource b = _databases[1].Open();
        return await work(new SlotMigration(Migrations, Maps, AcceptanceTables.Mover(_databases[0].Dialect, id => id == "a" ? a : b), new SlotMigrationOptions { RetireAfter = TimeSpan.Zero }));
    }

    /// <summary>Fails when a writer or a reader has failed.</summary>
    public async Task RefreshAsync()
    {
        foreach (Task ended in _load.Where(task => task.IsCompleted))
        {
            await ended;
        }

        _router.TryUpdate((await Maps.ReadAsync(cancellationToken: TestToken))!);
    }

    /// <summary>Waits until the writers have done some more.</summary>
    public async Task WaitForWritesAsync(int writes)
    {
        long began = Stopwatch.GetTimestamp();
        for (long wanted = Writes + writes; Writes < wanted; await Task.Delay(10, TestToken))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"The writers did not come to {wanted} writes, only to {Writes}.");
            await RefreshAsync();
        }
    }

    /// <summary>Ends the load and compares every row with what the writers were told.</summary>
    public async Task CheckAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_load).WaitAsync(Patience, TestToken); // nobody waits for a lock that nobody has
        await RefreshAsync();
        Dictionary<long, long> versions = [];
        for (int shard = 0; shard < 2; shard++)
        {
            Dictionary<long, long> notes = (await ReadTableAsync(shard, "notes")).ToDictionary(row => row.Id, row => row.Version);
            List<(int Slot, long Id, long Version)> orders = await ReadTableAsync(shard, "orders");
            Assert.Equal(orders.Count, notes.Count);
            foreach ((int slot, long id, long version) in orders)
            {
                Assert.Equal(new HashShardStrategy<long>(Slots).GetSlot(id), slot);
                Assert.True(_router.Map.GetShardId(slot) == (shard == 0 ? "a" : "b"), $"{id} of slot {slot} is on the wrong shard.");
                Assert.True(versions.TryAdd(id, version), $"{id} is there twice.");
                Assert.Equal(version, notes[id]);
            }
        }

        foreach ((long id, long version) in _known)
        {
            long there = versions.GetValueOrDefault(id);
            Assert.True(there == version || (_uncertain.ContainsKey(id) && there == Next(id, version)), $"{id} has version {there}, but {version} was acknowledged{(_uncertain.ContainsKey(id) ? " and another write is uncertain" : "")}.");
        }

        Assert.True(versions.Keys.All(_known.ContainsKey), "There is a row that nobody wrote.");
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_load), Task.Delay(Patience, CancellationToken.None)); // what they failed with was told; who waits for ever was found out
        await _shards[0].DisposeAsync();
        await _shards[1].DisposeAsync();
        await Kept.DisposeAsync();
        _ending.Dispose();
    }

    private async Task<List<(int Slot, long Id, long Version)>> ReadTableAsync(int shard, string table)
    {
        await using DbDataSource source = _databases[shard].Open();
        await using DbCommand command = source.CreateCommand($"SELECT slot, id, version FROM {table}");
        await using DbDataReader reader = await command.ExecuteReaderAsync(TestToken);
        var rows = new List<(int, long, long)>();
        while (await reader.ReadAsync(TestToken))
        {
            rows.Add((reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return rows;
    }
}
