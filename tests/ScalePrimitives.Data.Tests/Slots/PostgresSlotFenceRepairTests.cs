using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotFenceRepairTests(PostgresServer server) : SlotFenceRepairContract, IClassFixture<PostgresServer>
{
    // A writer's lock is none on the row here: the repair does not meet it as it changes the row.
    [Fact]
    public async Task A_repair_ends_when_those_have_who_entered_before()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteAsync("a", "UPDATE slot_fences SET state = 0, epoch = 1, peer = NULL WHERE slot = 1"); // out of a backup
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
        int looks = 0;
        bool isCommitted = false;
        var repairing = new HookedDataSource(world.Sources["a"], async text =>
        {
            if (text.Contains("pg_locks", StringComparison.Ordinal) && ++looks == 3)
            {
                isCommitted = true;
                await transaction.CommitAsync(TestToken);
            }
        });
        Assert.NotEmpty(await world.Fence.RepairAsync(repairing, await world.MapAsync(), "a", cancellationToken: TestToken));
        Assert.True(isCommitted);
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
