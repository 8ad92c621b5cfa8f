using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using SlotMover;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Two shards under a load of writers and readers that know what they were told, and find out when a shard knows otherwise.</summary>
internal sealed class AcceptanceWorld : IAsyncDisposable
{
    public const int Slots = 8;
    private const int Writers = 3;
    private const int FirstRows = 120; // of each writer, there before the first move; their ids are never deleted

    // So that there are many writes in every move, and the movers still come to theirs on a machine of few cores.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(3);

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

    /// <summary>Ends the load and compares every row with what the writers were told.</summary>
    public async Task CheckAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_load).WaitAsync(TimeSpan.FromMinutes(1), TestToken); // nobody waits for a lock that nobody has
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
        await Task.WhenAll(_load).ContinueWith(static _ => { }, TestToken, TaskContinuationOptions.None, TaskScheduler.Default);
        await _shards[0].DisposeAsync();
        await _shards[1].DisposeAsync();
        await Kept.DisposeAsync();
        _ending.Dispose();
    }

    // What a write makes of a row: one of ten is deleted (but for the first rows), and what was deleted is inserted again.
    private static long Next(long id, long version) => version == 0 ? 1 : id >= FirstRows * Writers && version % 10 == 0 ? 0 : version + 1;

    private bool MayFail(Exception exception) => Outage.IsOne(exception) && (HasCrashed || exception is DbException { IsTransient: true });

    private async Task WriteOnAsync(int writer)
    {
        var random = new Random(writer);
        using var pace = new PeriodicTimer(Pace);
        while (!_ending.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(TestToken);
            long id = (random.Next(FirstRows + 40) * (long)Writers) + writer;
            try
            {
                if (_uncertain.ContainsKey(id))
                {
                    await ResolveAsync(id);
                }

                await WriteAsync(id, _known.GetValueOrDefault(id));
                Interlocked.Increment(ref _writes);
            }
            catch (Exception exception) when (MayFail(exception))
            {
                await Task.Delay(Outage.Pause, TestToken); // a server that is gone refuses in no time
            }
        }
    }

    // One write to both tables. What is acknowledged is known; what broke while it was committed is uncertain; what broke before was not done.
    private async Task WriteAsync(long id, long version)
    {
        long next = Next(id, version);
        bool isCommitting = false;
        try
        {
            await _router.ExecuteAsync(
                id,
                async (route, _) =>
                {
                    long asked = Stopwatch.GetTimestamp();
                    try
                    {
                        await WriteAsync(route, id, version, next, () => isCommitting = true);
                        Waits.Accept(route.Slot, asked);
                        return 0;
                    }
                    catch (Exception exception) when (exception is SlotFrozenException || Outage.IsOne(exception))
                    {
                        Waits.Refuse(route.Slot, asked);
                        throw;
                    }
                },
                TestToken);
            _known[id] = next;
        }
        catch (Exception exception) when (isCommitting && Outage.IsOne(exception))
        {
            _uncertain[id] = true;
            throw;
        }
    }

    private async Task WriteAsync(ShardRoute<DbDataSource> route, long id, long version, long next, Action committing)
    {
        await using DbConnection connection = await route.Shard.OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await _fence.EnterAsync(transaction, route.Slot, route.Epoch, TestToken);
        foreach (string table in (string[])["orders", "notes"])
        {
            string body = table == "orders" ? ", 'some text that takes room'" : "";
            string statement = next == 0 ? $"DELETE FROM {table} WHERE slot = {route.Slot} AND id = {id} AND version = {version}"
                : version == 0 ? $"INSERT INTO {table} VALUES ({route.Slot}, {id}, 1{body})"
                : $"UPDATE {table} SET version = {next} WHERE slot = {route.Slot} AND id = {id} AND version = {version}";
            await using DbCommand command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, statement);
            Assert.True(await command.ExecuteNonQueryAsync(TestToken) == 1, $"{table} has not version {version} of {id}, which was acknowledged.");
        }

        committing();
        await transaction.CommitAsync(TestToken);
    }

    private async Task ResolveAsync(long id)
    {
        long there = await ReadAsync(id);
        long known = _known.GetValueOrDefault(id);
        Assert.True(there == known || there == Next(id, known), $"{id} has version {there}; {known} was acknowledged.");
        _known[id] = there;
        _uncertain.TryRemove(id, out _);
    }

    private ValueTask<long> ReadAsync(long id) => _router.ExecuteAsync(
        id,
        async (route, _) =>
        {
            await using DbConnection connection = await route.Shard.OpenConnectionAsync(TestToken);
            await using DbTransaction transaction = await BeginSnapshotAsync(connection);
            await _fence.CheckReadAsync(transaction, [new SlotEpoch(route.Slot, route.Epoch)], TestToken);
            await using DbCommand command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, $"SELECT version FROM orders WHERE slot = {route.Slot} AND id = {id}");
            return Convert.ToInt64(await command.ExecuteScalarAsync(TestToken) ?? 0L, CultureInfo.InvariantCulture);
        },
        TestToken);

    // No version is older than what had been acknowledged before the read began. Of the first rows, whose versions only rise.
    private async Task ReadOnAsync()
    {
        var random = new Random(99);
        using var pace = new PeriodicTimer(Pace);
        while (!_ending.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(TestToken);
            long id = random.Next(FirstRows * Writers);
            long known = _known[id];
            try
            {
                long there = await ReadAsync(id);
                Assert.True(there >= known, $"{id} was read with version {there} after {known} had been acknowledged.");
            }
            catch (Exception exception) when (MayFail(exception))
            {
                await Task.Delay(Outage.Pause, TestToken);
            }
        }
    }

    // All rows of all shards: the first rows each once, no row twice.
    private async Task ScatterOnAsync()
    {
        using var pace = new PeriodicTimer(Pace);
        while (!_ending.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(TestToken);
            try
            {
                ScatterResult<List<long>> result = await _router.ScatterAsync(ReadScopeAsync, cancellationToken: TestToken);
                long[] ids = [.. result.Answers.SelectMany(answer => answer.Value)];
                Assert.True(ids.Length == ids.Distinct().Count(), "A row was counted twice.");
                Assert.Equal(FirstRows * Writers, ids.Count(id => id < FirstRows * Writers));
                Interlocked.Increment(ref _scatters);
            }
            catch (AggregateException exception) when (exception.InnerExceptions.All(MayFail))
            {
                await Task.Delay(Outage.Pause, TestToken);
            }
        }
    }

    private async ValueTask<List<long>> ReadScopeAsync(ShardScope<DbDataSource> scope, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await scope.Shard.OpenConnectionAsync(cancellationToken);
        await using DbTransaction transaction = await BeginSnapshotAsync(connection);
        await _fence.CheckReadAsync(transaction, scope.Slots, cancellationToken);
        await using DbCommand command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, $"SELECT id FROM orders WHERE slot IN ({string.Join(',', scope.Slots.Select(each => each.Slot))})");
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }

    private static async Task<DbTransaction> BeginSnapshotAsync(DbConnection connection) => connection is Microsoft.Data.Sqlite.SqliteConnection sqlite
        ? sqlite.BeginTransaction(deferred: true)
        : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, TestToken);

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
