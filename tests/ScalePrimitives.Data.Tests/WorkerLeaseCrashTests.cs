using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Data.Tests;

/// <summary>A server that is killed forgets no window that it has granted: the windows of one worker never overlap.</summary>
public sealed class WorkerLeaseCrashTests(PostgresServer postgres, MariaDbServer mariaDb) : IClassFixture<PostgresServer>, IClassFixture<MariaDbServer>
{
    private const int Kills = 10;

    private static readonly WorkerSpace Space = new("orders", SnowflakeLayout.Create(
        new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromMilliseconds(1), SnowflakeField.Unused(1), SnowflakeField.Timestamp(41), SnowflakeField.Server(10), SnowflakeField.Sequence(12)));

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PostgreSQL_is_killed() => await KillServerAsync(postgres, await postgres.NewDatabaseAsync());

    [Fact]
    public async Task MariaDB_is_killed() => await KillServerAsync(mariaDb, await mariaDb.NewDatabaseAsync());

    private static async Task KillServerAsync(DatabaseServer server, TestDatabase database)
    {
        await using DbDataSource source = database.Open();
        var store = new SqlWorkerLeaseStore(source, database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        var random = new Random(1);
        var windows = new Dictionary<Guid, WorkerGrant>();
        for (int kill = 0; kill < Kills; kill++)
        {
            var enough = new TaskCompletionSource();
            int wanted = random.Next(1, 60);
            Task granting = Task.Run(async () => await GrantUntilItFailsAsync(store, windows, wanted, enough), TestToken);
            await Task.WhenAny(enough.Task, granting);
            await server.CrashAsync();
            await granting;
            Assert.True(enough.Task.IsCompleted, "The server failed before it was killed.");
        }

        foreach (IGrouping<long, WorkerGrant> worker in windows.Values.GroupBy(window => window.Worker))
        {
            WorkerGrant[] inOrder = [.. worker.OrderBy(window => window.NotBefore)];
            Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(pair.First.NotAfter <= pair.Second.NotBefore, $"{pair.First} and {pair.Second} overlap."));
        }
    }

    // Takes workers for longer than a crash lasts: one that the server forgot is given to another within its window.
    private static async Task GrantUntilItFailsAsync(SqlWorkerLeaseStore store, Dictionary<Guid, WorkerGrant> windows, int wanted, TaskCompletionSource enough)
    {
        try
        {
            for (int calls = 1; ; calls++)
            {
                if (await store.TryAcquireAsync(Space, Guid.NewGuid(), TimeSpan.FromMinutes(1), TestToken) is { } grant)
                {
                    windows.Add(grant.Token, grant);
                    if (await store.TryRenewAsync(Space, grant, TimeSpan.FromMinutes(2), TestToken) is { } longer)
                    {
                        windows[grant.Token] = longer;
                    }
                }

                if (calls >= wanted)
                {
                    enough.TrySetResult();
                }
            }
        }
        catch (DbException)
        {
            // the server is gone
        }
    }
}
