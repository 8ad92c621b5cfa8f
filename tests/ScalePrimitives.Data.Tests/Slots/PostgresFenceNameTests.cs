using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>PostgreSQL takes <c>Slot_Fences</c> and <c>slot_fences</c> for one table, and so they are one fence.</summary>
public sealed class PostgresFenceNameTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_writer_who_spells_the_fence_otherwise_is_waited_for()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        world.Options = new SqlSlotMoverOptions { LockTimeout = TimeSpan.FromMilliseconds(100) };
        var otherwise = new SqlSlotFence(SqlDialect.PostgreSql, "Slot_Fences");
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        DbTransaction? transaction = null;
        bool hasCommitted = false;
        bool hasMovedBefore = false;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state == SlotMigrationState.Frozen && transaction is null)
            {
                transaction = await connection.BeginTransactionAsync(TestToken);
                await otherwise.EnterAsync(transaction, 1, 1, TestToken);
            }
            else if (transaction is not null && !hasCommitted)
            {
                hasCommitted = true;
                hasMovedBefore = state == SlotMigrationState.Moved;
                await transaction.CommitAsync(TestToken);
            }
        });
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.True(hasCommitted);
        Assert.False(hasMovedBefore);
        await transaction!.DisposeAsync();
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
