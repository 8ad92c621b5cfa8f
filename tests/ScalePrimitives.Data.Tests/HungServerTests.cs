using System.Data.Common;
using ScalePrimitives.Clocks;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Ids;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests;

/// <summary>A server that keeps its connections and answers nobody costs a call its limit, and no more, whatever the connection string says; and the store lives on.</summary>
public sealed class HungServerTests(PostgresServer postgres, MariaDbServer mariaDb) : IClassFixture<PostgresServer>, IClassFixture<MariaDbServer>
{
    private static readonly TimeSpan Patience = SqlSession.Limit + SqlSession.Limit; // where no call has a limit it is used up

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_call_of_a_store_waits_for_ever() => await Task.WhenAll(
        HangAsync(postgres, ";Command Timeout=0;Timeout=0"),
        HangAsync(mariaDb, ";Default Command Timeout=0;Connection Timeout=0"));

    private static async Task HangAsync(DatabaseServer server, string withoutLimits)
    {
        TestDatabase database = await server.NewDatabaseAsync();
        await using DbDataSource source = (database with { ConnectionString = database.ConnectionString + withoutLimits }).Open();
        SqlDialect dialect = database.Dialect;
        var tickets = new SqlTicketStore(source, dialect);
        var leases = new SqlWorkerLeaseStore(source, dialect);
        var epochs = new SqlActorEpochStore(source, dialect);
        var marks = new SqlClockMarkStore(source, dialect, "a");
        var maps = new SqlShardMapStore(source, dialect);
        var operations = new SqlShardOperationStore(source, dialect);
        var migrations = new SqlSlotMigrationStore(source, dialect);
        var space = new WorkerSpace("a", SnowflakeLayout.Twitter);
        var migration = new SlotMigrationRecord(Guid.NewGuid(), "m", new SlotMove([1], "a", "b"), 2, SlotMigrationState.Copying, 1, 1);
        foreach (Func<Task> create in (Func<Task>[])
            [
                () => tickets.CreateSchemaAsync(), () => leases.CreateSchemaAsync(), () => epochs.CreateSchemaAsync(), () => marks.CreateSchemaAsync(),
                () => maps.CreateSchemaAsync(), () => operations.CreateSchemaAsync(), () => migrations.CreateSchemaAsync(),
            ])
        {
            await create();
        }

        Assert.Equal(1, (await tickets.ReserveAsync("a", 1, cancellationToken: TestToken)).First);
        (var commits, var isHung) = (new TaskCompletionSource(), new TaskCompletionSource());
        var hooked = new HookedDataSource(source, async statement =>
        {
            if (statement == HookedDataSource.Commit)
            {
                commits.TrySetResult();
                await isHung.Task;
            }
        });
        ValueTask<TicketBlock> commit = new SqlTicketStore(hooked, dialect).ReserveAsync("b", 1); // the one call that no token ends
        await commits.Task.WaitAsync(TestToken);
        WorkerGrant grant = (await leases.TryAcquireAsync(space, Guid.NewGuid(), TimeSpan.FromSeconds(30), TestToken))!.Value;
        Task[] calls;
        await server.SuspendAsync();
        try
        {
            isHung.SetResult();
            calls =
            [
                commit.AsTask(), tickets.ReserveAsync("a", 1).AsTask(), tickets.CreateSchemaAsync(), epochs.TakeEpochAsync(1).AsTask(), epochs.CreateSchemaAsync(),
                leases.TryAcquireAsync(space, Guid.NewGuid(), TimeSpan.FromSeconds(30)).AsTask(), leases.TryRenewAsync(space, grant, TimeSpan.FromSeconds(30)).AsTask(),
                leases.ReleaseAsync(space, grant, grant.NotAfter).AsTask(), leases.RaiseFloorAsync(space, grant.NotAfter).AsTask(), leases.CreateSchemaAsync(),
                marks.RaiseAsync(HybridTimestamp.MaxValue).AsTask(), marks.CreateSchemaAsync(),
                maps.ReadAsync().AsTask(), maps.TryReplaceAsync(new ShardMap(4, ["a"]), 0).AsTask(), maps.CreateSchemaAsync(),
                operations.ListFinishedAsync("x", ["a"]).AsTask(), operations.FinishAsync("x", "a").AsTask(), operations.CreateSchemaAsync(),
                migrations.ReadAsync(migration.Id).AsTask(), migrations.ListUnfinishedAsync().AsTask(), migrations.TryWriteAsync(migration).AsTask(), migrations.CreateSchemaAsync(),
            ];
            await Assert.ThrowsAnyAsync<Exception>(() => Task.WhenAll(calls).WaitAsync(Patience, TestToken));
        }
        finally
        {
            await server.ResumeAsync();
        }

        Assert.All(calls, call => Assert.IsType<TimeoutException>(call.Exception?.InnerException));
        Assert.True((await tickets.ReserveAsync("a", 1, cancellationToken: TestToken)).First > 1);
    }
}
