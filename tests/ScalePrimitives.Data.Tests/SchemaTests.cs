using System.Data.Common;
using ScalePrimitives.Clocks;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Ids;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests;

/// <summary>Programs that start together all create the schema, and one that may create nothing finds it there.</summary>
public sealed class SchemaTests(PostgresServer postgres, MariaDbServer mariaDb) : EveryEngine(postgres, mariaDb), IClassFixture<MariaDbServer>
{
    private const int Starting = 40;

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Forty_that_start_together_create_the_schema_of_each_store(SqlDialect dialect)
    {
        TestDatabase database = await NewDatabaseAsync(dialect);
        await using DbDataSource source = database.Open();
        foreach (Func<Task> create in Creations(source, dialect))
        {
            await Task.WhenAll(Enumerable.Range(0, Starting).Select(_ => Task.Run(create, TestToken)));
        }
    }

    // What each store's page says that a program needs, and nothing else: CREATE TABLE IF NOT EXISTS would ask for the right to create though all is there.
    [Theory]
    [InlineData(SqlDialect.PostgreSql)]
    [InlineData(SqlDialect.MySql)]
    public async Task A_user_who_may_create_nothing_finds_the_schema_there_and_works_with_the_grants_that_are_documented(SqlDialect dialect)
    {
        TestDatabase database = await NewDatabaseAsync(dialect);
        await using DbDataSource owner = database.Open();
        foreach (Func<Task> create in Creations(owner, dialect))
        {
            await create();
        }

        TestDatabase asUser = await Server(dialect).AsNewUserAsync(
            database,
            "SELECT, INSERT, UPDATE ON tickets",
            "SELECT ON tickets_master",
            "SELECT, INSERT, UPDATE ON masters",
            "SELECT ON masters_master",
            "SELECT, INSERT, UPDATE ON workers_spaces",
            "SELECT, INSERT, UPDATE, DELETE ON workers",
            "SELECT, INSERT, UPDATE ON actor_epochs",
            "SELECT ON actor_epochs_master",
            "SELECT, INSERT, UPDATE ON clock_marks",
            "SELECT, INSERT, UPDATE ON shard_maps",
            $"SELECT, INSERT{(dialect == SqlDialect.MySql ? ", UPDATE" : "")} ON shard_operations",
            "SELECT, INSERT, UPDATE ON slot_migrations");
        await using DbDataSource user = asUser.Open();
        foreach (Func<Task> create in Creations(user, dialect))
        {
            await create();
        }

        Assert.Equal(1, (await new SqlTicketStore(user, dialect).ReserveAsync("a", 1, cancellationToken: TestToken)).First);
        Assert.Equal(1u, await new SqlActorEpochStore(user, dialect).TakeEpochAsync(1, TestToken));
        await new SqlClockMarkStore(user, dialect, "a").RaiseAsync(new HybridTimestamp(1_795_421_700_250, 3), TestToken);
        var space = new WorkerSpace("a", SnowflakeLayout.Twitter);
        var leases = new SqlWorkerLeaseStore(user, dialect);
        WorkerGrant? grant = await leases.TryAcquireAsync(space, Guid.NewGuid(), TimeSpan.FromSeconds(30), TestToken);
        await leases.ReleaseAsync(space, grant!.Value, grant.Value.NotBefore, TestToken);
        await leases.RaiseFloorAsync(space, grant.Value.NotAfter, TestToken);
        var map = new ShardMap(4, ["a", "b"]);
        var maps = new SqlShardMapStore(user, dialect);
        Assert.True(await maps.TryReplaceAsync(map, 0, TestToken));
        Assert.True(await maps.TryReplaceAsync(map.Move([0], "b"), 1, TestToken));
        await new SqlShardOperationStore(user, dialect).FinishAsync("x", "a", TestToken);
        var migration = new SlotMigrationRecord(Guid.NewGuid(), "m", new SlotMove([1], "a", "b"), 2, SlotMigrationState.Copying, 1, 1);
        var migrations = new SqlSlotMigrationStore(user, dialect);
        Assert.True(await migrations.TryWriteAsync(migration, TestToken));
        Assert.True(await migrations.TryWriteAsync(migration with { Revision = 2 }, TestToken));
        Assert.Single(await migrations.ListUnfinishedAsync(TestToken));
        await Assert.ThrowsAnyAsync<DbException>(() => new SqlShardMapStore(user, dialect, table: "missing").CreateSchemaAsync(TestToken));
    }

    // INSERT IGNORE would write what fits, and leave the rest.
    [Theory]
    [InlineData(SqlDialect.PostgreSql, "ALTER TABLE shard_operations ALTER shard TYPE VARCHAR(3)")]
    [InlineData(SqlDialect.MySql, "ALTER TABLE shard_operations MODIFY shard VARCHAR(3) NOT NULL")]
    public async Task What_a_table_refuses_for_another_reason_is_not_taken_for_a_row_that_is_there(SqlDialect dialect, string shorten)
    {
        await using DbDataSource source = (await NewDatabaseAsync(dialect)).Open();
        var operations = new SqlShardOperationStore(source, dialect);
        await operations.CreateSchemaAsync(TestToken);
        var maps = new SqlShardMapStore(source, dialect);
        await maps.CreateSchemaAsync(TestToken);
        foreach (string statement in (string[])[shorten, "ALTER TABLE shard_maps ADD CHECK (version > 1)"])
        {
            await using DbCommand command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(TestToken);
        }

        await operations.FinishAsync("x", "abc", TestToken);
        await Assert.ThrowsAnyAsync<DbException>(async () => await operations.FinishAsync("x", "abcd", TestToken));
        await Assert.ThrowsAnyAsync<DbException>(async () => await maps.TryReplaceAsync(new ShardMap(4, ["a"]), 0, TestToken));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Whoever_forgot_to_create_the_schema_is_told_so(SqlDialect dialect)
    {
        await using DbDataSource source = (await NewDatabaseAsync(dialect)).Open();
        var map = new ShardMap(4, ["a", "b"]);
        var space = new WorkerSpace("a", SnowflakeLayout.Twitter);
        Func<Task>[] uses =
        [
            async () => await new SqlTicketStore(source, dialect).ReserveAsync("a", 1, cancellationToken: TestToken),
            async () => await new SqlActorEpochStore(source, dialect).TakeEpochAsync(1, TestToken),
            async () => await new SqlClockMarkStore(source, dialect, "a").RaiseAsync(new HybridTimestamp(1_795_421_700_250, 3), TestToken),
            async () => await new SqlWorkerLeaseStore(source, dialect).TryAcquireAsync(space, Guid.NewGuid(), TimeSpan.FromSeconds(30), TestToken),
            async () => await new SqlShardMapStore(source, dialect).ReadAsync(cancellationToken: TestToken),
            async () => await new SqlShardMapStore(source, dialect).TryReplaceAsync(map, 0, TestToken),
            async () => await new SqlShardOperationStore(source, dialect).FinishAsync("x", "a", TestToken),
            async () => await new SqlSlotMigrationStore(source, dialect).ListUnfinishedAsync(TestToken),
            async () => await new SqlSlotFence(dialect).CompareAsync(source, map, "a", TestToken),
            async () => await new SqlSlotFence(dialect).RepairAsync(source, map, "a", cancellationToken: TestToken),
            async () => await new SqlSlotFence(dialect).RebuildMapAsync(map, new Dictionary<string, DbDataSource>(StringComparer.Ordinal) { ["a"] = source }, TestToken),
        ];
        foreach (Func<Task> use in uses)
        {
            DbException missing = await Assert.ThrowsAnyAsync<DbException>(use);
            Assert.Contains("CreateSchemaAsync", missing.Message, StringComparison.Ordinal);
            Assert.IsAssignableFrom<DbException>(missing.InnerException);
        }
    }

    private static IEnumerable<Func<Task>> Creations(DbDataSource source, SqlDialect dialect) =>
    [
        () => new SqlTicketStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlTicketStore(source, dialect, "masters").CreateMasterSchemaAsync(3, cancellationToken: TestToken),
        () => new SqlWorkerLeaseStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlActorEpochStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlClockMarkStore(source, dialect, "a").CreateSchemaAsync(TestToken),
        () => new SqlShardMapStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlShardOperationStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlSlotMigrationStore(source, dialect).CreateSchemaAsync(TestToken),
    ];
}
