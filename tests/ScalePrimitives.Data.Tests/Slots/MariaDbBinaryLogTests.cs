using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A server that writes a binary log takes not every statement, and no trigger from everybody.</summary>
public sealed class MariaDbBinaryLogTests(MariaDbBinaryLogTests.Logging server) : SlotContract, IClassFixture<MariaDbBinaryLogTests.Logging>
{
    [Theory]
    [InlineData("ROW")]
    [InlineData("MIXED")]
    [InlineData("STATEMENT")]
    public async Task Rows_move_with_a_log_of_any_format_or_are_refused_with_the_reason(string format)
    {
        await using SlotWorld world = await NewWorldAsync(format);
        await world.FillAsync("a", 1, 3);
        await world.AssertArriveOrRefusedAsync(world.Coordinator(), Move, "SELECT id FROM orders ORDER BY id", "binlog_format");
        Assert.True(format == "STATEMENT" || await world.CountAsync("b", "orders") == 3);
    }

    [Fact]
    public async Task A_user_who_may_create_no_trigger_is_told_before_anything_is_written()
    {
        await using SlotWorld world = await NewWorldAsync("MIXED");
        await world.FillAsync("a", 1, 3);
        var movers = new Dictionary<string, DbDataSource>(StringComparer.Ordinal);
        foreach ((string shard, TestDatabase database) in world.Databases)
        {
            movers[shard] = (await server.AsNewUserAsync(database, $"ALL ON {(string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["Database"]}.*")).Open();
        }

        SlotMigration coordinator = world.Coordinator(id => movers[id]);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => coordinator.RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("log_bin_trust_function_creators", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        await server.ExecuteAsync(null, "SET GLOBAL log_bin_trust_function_creators = 1");
        await coordinator.RunAsync(Move, cancellationToken: TestToken);
        await server.ExecuteAsync(null, "SET GLOBAL log_bin_trust_function_creators = DEFAULT");
        Assert.Equal(3, await world.CountAsync("b", "orders"));
        foreach (DbDataSource mover in movers.Values)
        {
            await mover.DisposeAsync();
        }
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    private async Task<SlotWorld> NewWorldAsync(string format)
    {
        await server.NewDatabaseAsync(); // which skips where there is no server
        await server.ExecuteAsync(null, $"SET GLOBAL binlog_format = {format}");
        return await NewWorldAsync();
    }

    /// <summary>A server that others replicate.</summary>
    public sealed class Logging : MariaDbServer
    {
        protected override IEnumerable<string> Options => ["--log-bin=logged", "--server-id=1"];
    }
}
