using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Triggers and logs come before the first move where that is wanted, and go when they are not.</summary>
public abstract class SlotMoverUninstallContract : SlotContract
{
    [Fact]
    public async Task Triggers_can_be_there_before_the_first_move()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        foreach (string shard in (string[])["a", "b", "a"]) // once more changes nothing
        {
            await world.Mover().InstallAsync(shard, TestToken);
        }

        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("b", "INSERT INTO orders VALUES (1, 9, 1, NULL)"));
        await world.ExecuteAsync("a", "INSERT INTO orders VALUES (1, 9, 1, NULL)");
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(4, await world.CountAsync("b", "orders"));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_of_a_mover_stays_when_it_is_uninstalled()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        SqlSlotMover mover = world.Mover();
        await mover.UninstallAsync("a", TestToken);
        await mover.UninstallAsync("a", TestToken);
        await Assert.ThrowsAnyAsync<DbException>(() => world.CountAsync("a", "orders_slot_changes"));
        await Assert.ThrowsAnyAsync<DbException>(() => world.CountAsync("a", "order_lines_slot_changes"));
        await world.ExecuteAsync("a", "INSERT INTO orders VALUES (1, 9, 1, 'nobody refuses it')");
        await world.ExecuteAsync("a", "DELETE FROM orders WHERE slot = 1");
        await Assert.ThrowsAsync<StaleShardMapException>(() => world.WriteAsync("a", 1, 1)); // the fence does, if it is asked
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("b", "INSERT INTO orders VALUES (3, 9, 1, NULL)")); // the other shard keeps its triggers

        await world.Coordinator().RunAsync(new SlotMove([1, 2], "b", "a"), cancellationToken: TestToken);
        Assert.Equal((3, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_is_uninstalled_while_a_slot_moves()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Copying);
        foreach (string shard in world.Sources.Keys)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => world.Mover().UninstallAsync(shard, TestToken));
        }

        await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 5 WHERE slot = 1 AND id = 3"); // and is noted
        await world.Coordinator().ResumeAsync(stopped.Id, cancellationToken: TestToken);
        Assert.Equal((12, 1), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "orders", "version = 5")));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_slot_column_can_be_renamed_once_the_mover_is_uninstalled()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1), (3, 1)");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        foreach (string shard in world.Sources.Keys)
        {
            await new SqlSlotMover(world.Fence, [new SlotTable("items")], id => world.Sources[id]).UninstallAsync(shard, TestToken);
        }

        await world.ExecuteEverywhereAsync("ALTER TABLE items RENAME COLUMN slot TO bucket");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (3, 2)");
        await world.Coordinator(new SqlSlotMover(world.Fence, [new SlotTable("items", "bucket")], id => world.Sources[id])).RunAsync(new SlotMove([3], "a", "b"), cancellationToken: TestToken);
        Assert.Equal((0, 3), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
    }
}
