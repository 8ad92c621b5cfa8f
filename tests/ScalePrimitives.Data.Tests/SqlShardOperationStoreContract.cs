using System.Collections.Immutable;
using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Sharding;

namespace ScalePrimitives.Data.Tests;

/// <summary>What <see cref="SqlShardOperationStore"/> promises on every engine, besides what every store of operations does.</summary>
public abstract class SqlShardOperationStoreContract : ShardOperationStoreContract
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract Task<TestDatabase> NewDatabaseAsync();

    protected override async ValueTask<IShardOperationStore> CreateAsync()
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlShardOperationStore(database.Open(), database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        await store.CreateSchemaAsync(TestToken);
        return store;
    }

    [Fact]
    public async Task A_change_of_the_schema_reaches_every_shard_once()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlShardOperationStore(source, database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        KeyValuePair<string, string>[] shards = [KeyValuePair.Create("a", "orders_a"), KeyValuePair.Create("b", "orders_b"), KeyValuePair.Create("c", "not a table")];
        ImmutableArray<ShardOperationOutcome> outcomes = await RunAsync(store, shards);
        Assert.Equal([ShardOperationStatus.DoneNow, ShardOperationStatus.DoneNow, ShardOperationStatus.Failed], outcomes.Select(outcome => outcome.Status));
        Assert.IsAssignableFrom<DbException>(outcomes[2].Exception);
        shards[2] = KeyValuePair.Create("c", "orders_c");
        Assert.Equal(
            [new("a", ShardOperationStatus.DoneBefore), new("b", ShardOperationStatus.DoneBefore), new("c", ShardOperationStatus.DoneNow)],
            await RunAsync(new SqlShardOperationStore(source, database.Dialect), shards)); // another client

        async Task<ImmutableArray<ShardOperationOutcome>> RunAsync(SqlShardOperationStore known, KeyValuePair<string, string>[] tables) => await new ShardOperation("2026-11/create:orders", known).RunAsync(tables, async (table, token) =>
        {
            await using DbCommand create = source.CreateCommand($"CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY)"); // would fail a second time
            await create.ExecuteNonQueryAsync(token);
        }, cancellationToken: TestToken);
    }

    [Fact]
    public async Task Without_a_schema_or_with_names_that_are_none_nothing_runs()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlShardOperationStore(source, database.Dialect);
        await Assert.ThrowsAnyAsync<DbException>(() => RunAsync("x", "a"));
        await store.CreateSchemaAsync(TestToken);
        await Assert.ThrowsAsync<ArgumentException>("operation", () => RunAsync("two words", "a"));
        Assert.Equal(ShardOperationStatus.Failed, (await RunAsync(new string('x', 200), new string('a', 1_024))).Single().Status);
        await store.FinishAsync(new string('x', 200), new string('a', 1_024), TestToken);
        Assert.Equal(ShardOperationStatus.DoneBefore, (await RunAsync(new string('x', 200), new string('a', 1_024))).Single().Status);
        Assert.Throws<ArgumentException>("table", () => new SqlShardOperationStore(source, database.Dialect, "x; DROP TABLE y"));

        Task<ImmutableArray<ShardOperationOutcome>> RunAsync(string name, string shardId) =>
            new ShardOperation(name, store).RunAsync([KeyValuePair.Create(shardId, 1)], (_, _) => throw new InvalidOperationException("It has run."), cancellationToken: TestToken);
    }
}
