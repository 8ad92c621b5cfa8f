using System.Data;
using System.Data.Common;
using MySqlConnector;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What a writer's transaction has read before, or may read of what is not committed, lets it write nothing that the fence refuses.</summary>
public sealed class MariaDbIsolationTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    [Theory]
    [InlineData(IsolationLevel.ReadUncommitted, true)]
    [InlineData(IsolationLevel.ReadUncommitted, false)]
    [InlineData(IsolationLevel.ReadCommitted, true)]
    [InlineData(IsolationLevel.ReadCommitted, false)]
    [InlineData(IsolationLevel.RepeatableRead, true)]
    [InlineData(IsolationLevel.RepeatableRead, false)]
    [InlineData(IsolationLevel.Serializable, true)]
    [InlineData(IsolationLevel.Serializable, false)]
    public async Task A_writer_who_began_before_a_freeze_is_refused_after_it(IsolationLevel isolation, bool asksTheFence)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.Mover().InstallAsync("a", TestToken);
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(isolation, TestToken);
        await SlotWorld.ExecuteAsync(connection, transaction, $"SELECT slot FROM slot_fences WHERE slot = {(isolation == IsolationLevel.Serializable ? 7 : 1)}"); // the snapshot begins; a serializable one holds what it reads
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        if (asksTheFence)
        {
            await Assert.ThrowsAsync<StaleShardMapException>(async () => await world.Fence.EnterAsync(transaction, 1, 1, TestToken));
        }

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES (1, 77, 1, NULL)"));
        Assert.Equal("45000", refused.SqlState);
    }

    // Between two statements of the mover its mark stands, uncommitted: it is the mover's own pass, and nobody else's.
    [Theory]
    [InlineData(IsolationLevel.ReadUncommitted)]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    public async Task A_writer_is_not_taken_for_the_mover_that_is_at_work(IsolationLevel isolation)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        int tried = 0;
        var atWork = new HookedDataSource(world.Sources["b"], async text =>
        {
            if (text.StartsWith("INSERT INTO `orders`", StringComparison.Ordinal))
            {
                tried++;
                await using DbConnection connection = await world.Sources["b"].OpenConnectionAsync(TestToken);
                await SlotWorld.ExecuteAsync(connection, null, "SET SESSION innodb_lock_wait_timeout = 0");
                await using DbTransaction transaction = await connection.BeginTransactionAsync(isolation, TestToken);
                await Assert.ThrowsAnyAsync<DbException>(() => SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES (1, 77, 1, NULL)"));
            }
        });
        await world.Coordinator(id => id == "b" ? atWork : world.Sources[id]).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((1, 3), (tried, await world.CountAsync("b", "orders")));
    }
}
