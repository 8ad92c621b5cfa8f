using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Sharding;

namespace ScalePrimitives.Data.Tests;

/// <summary>What <see cref="SqlShardMapStore"/> promises on every engine, besides what every store of maps does.</summary>
public abstract class SqlShardMapStoreContract : ShardMapStoreContract
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract Task<TestDatabase> NewDatabaseAsync();

    protected override async ValueTask<IShardMapStore> CreateAsync()
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlShardMapStore(database.Open(), database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        await store.CreateSchemaAsync(TestToken);
        return store;
    }

    [Fact]
    public async Task A_row_that_is_no_map_is_told_and_not_taken()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlShardMapStore(source, database.Dialect);
        await Assert.ThrowsAnyAsync<DbException>(async () => await store.ReadAsync(cancellationToken: TestToken)); // no schema yet
        await store.CreateSchemaAsync(TestToken);
        await store.TryReplaceAsync(new ShardMap(4, ["a"]), 0, TestToken);
        await using DbCommand spoil = source.CreateCommand("UPDATE shard_maps SET map = @map");
        DbParameter bytes = spoil.CreateParameter();
        (bytes.ParameterName, bytes.Value) = ("@map", new byte[] { 1, 2, 3 });
        spoil.Parameters.Add(bytes);
        await spoil.ExecuteNonQueryAsync(TestToken);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await store.ReadAsync(cancellationToken: TestToken));
    }
}
