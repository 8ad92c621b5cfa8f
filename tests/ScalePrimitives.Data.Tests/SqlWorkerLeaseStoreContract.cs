using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Ids;

namespace ScalePrimitives.Data.Tests;

/// <summary>What <see cref="SqlWorkerLeaseStore"/> promises on every engine, besides what every store of leases does.</summary>
public abstract class SqlWorkerLeaseStoreContract : WorkerLeaseStoreContract
{
    private static readonly WorkerSpace Space = new("orders", SnowflakeLayout.Twitter);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract Task<TestDatabase> NewDatabaseAsync();

    protected override IWorkerLeaseStore Create(TimeProvider clock) => CreateAsync(clock).GetAwaiter().GetResult();

    [Fact]
    public async Task Its_time_is_that_of_the_database()
    {
        SqlWorkerLeaseStore store = await CreateAsync(clock: null);
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        WorkerGrant? grant = await store.TryAcquireAsync(Space, Guid.NewGuid(), TimeSpan.FromSeconds(30), TestToken);
        Assert.InRange(grant!.Value.NotBefore, before.AddMilliseconds(-2), TimeProvider.System.GetUtcNow().AddMilliseconds(2));
    }

    [Fact]
    public async Task Clients_that_acquire_at_once_get_workers_of_their_own()
    {
        TestDatabase database = await NewDatabaseAsync();
        await new SqlWorkerLeaseStore(database.Open(), database.Dialect).CreateSchemaAsync(TestToken);
        long[] workers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var store = new SqlWorkerLeaseStore(database.Open(), database.Dialect);
            WorkerGrant? grant = await store.TryAcquireAsync(Space, Guid.NewGuid(), TimeSpan.FromSeconds(30), TestToken);
            return grant!.Value.Worker;
        })));
        Assert.Equal([0L, 1, 2, 3], workers.Order());
    }

    [Fact]
    public async Task Generators_under_leases_of_one_store_never_meet()
    {
        SqlWorkerLeaseStore store = await CreateAsync(clock: null);
        await using WorkerLease first = await WorkerLease.AcquireAsync(store, Space, cancellationToken: TestToken);
        await using WorkerLease second = await WorkerLease.AcquireAsync(store, Space, cancellationToken: TestToken);
        var ids = new HashSet<long>();
        for (int i = 0; i < 1_000; i++)
        {
            Assert.True(ids.Add(await first.Generator.NextAsync(TestToken)));
            Assert.True(ids.Add(await second.Generator.NextAsync(TestToken)));
        }
    }

    private async Task<SqlWorkerLeaseStore> CreateAsync(TimeProvider? clock)
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlWorkerLeaseStore(database.Open(), database.Dialect, "workers", clock);
        await store.CreateSchemaAsync(TestToken);
        return store;
    }
}
