using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>InnoDB locks what a statement reads on its way: a mover must not wait for writers whose rows it does not want.</summary>
public sealed class MariaDbWriterTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    [Fact]
    public async Task Notes_are_consumed_beside_open_ones_of_other_slots()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 20);
        await world.FillAsync("a", 2, 3);
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        DbTransaction? transaction = null;
        var writer = new Inline(progress =>
        {
            if (transaction is null && progress.State == SlotMigrationState.Copying && world.CountAsync("a", "slot_fences", "slot = 2 AND state = 1").GetAwaiter().GetResult() == 1)
            {
                transaction = connection.BeginTransactionAsync(TestToken).AsTask().GetAwaiter().GetResult();
                world.Fence.EnterAsync(transaction, 2, 1, TestToken).AsTask().GetAwaiter().GetResult();
                SlotWorld.ExecuteAsync(connection, transaction, "UPDATE orders SET version = 8 WHERE slot = 2 AND id = 1").GetAwaiter().GetResult();
                world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 9 WHERE slot = 1").GetAwaiter().GetResult();
            }
        });

        // It ends when the mover has caught up, and before the slots freeze.
        bool isCommitted = false;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state >= SlotMigrationState.Verifying && state < SlotMigrationState.Cancelling && !isCommitted)
            {
                isCommitted = true;
                await transaction!.CommitAsync(TestToken);
            }
        });
        await world.Coordinator().RunAsync(Move, writer, TestToken);
        await transaction!.DisposeAsync();
        Assert.Equal((1, 20), (await world.CountAsync("b", "orders", "version = 8"), await world.CountAsync("b", "orders", "version = 9")));
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    public async Task A_writer_of_a_slot_that_stays_holds_up_nobody(params int[] slots)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 2, 3);
        await world.Coordinator().RunAsync(new SlotMove([4], "b", "a"), cancellationToken: TestToken); // for whose triggers every transaction is waited for
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await world.Fence.EnterAsync(transaction, 3, 1, TestToken);
        await SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES (3, 1, 1, NULL)");
        await world.Coordinator().RunAsync(new SlotMove([.. slots], "a", "b"), cancellationToken: TestToken);
        await transaction.CommitAsync(TestToken);
        Assert.Equal((3, 1), (await world.CountAsync("b", "orders"), await world.CountAsync("a", "orders")));
    }

    // Many notes of slots that are cancelled: each takes a millisecond to delete here, and no statement may take two seconds.
    [Fact]
    public async Task A_long_log_is_cleared_in_statements_that_end()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        var progress = new Inline(told =>
        {
            if (told.State == SlotMigrationState.Verifying)
            {
                throw new NotSupportedException("Enough.");
            }
        });
        await Assert.ThrowsAsync<NotSupportedException>(() => world.Coordinator().RunAsync(Move, progress, TestToken));
        await world.ExecuteAsync("a", "INSERT INTO orders SELECT 1, seq, 1, NULL FROM seq_1001_to_3500");
        await world.ExecuteAsync("a", "CREATE TRIGGER slow AFTER DELETE ON orders_slot_changes FOR EACH ROW DO SLEEP(0.001)");
        world.Options = new SqlSlotMoverOptions { BatchRows = 100 };
        await using DbDataSource hasty = (world.Databases["a"] with { ConnectionString = world.Databases["a"].ConnectionString + ";Default Command Timeout=2" }).Open();
        await world.Coordinator(id => id == "a" ? hasty : world.Sources[id]).CancelAsync(Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken)).Id, cancellationToken: TestToken);
        Assert.Equal((2_503, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("a", "orders_slot_changes")));
    }
}
