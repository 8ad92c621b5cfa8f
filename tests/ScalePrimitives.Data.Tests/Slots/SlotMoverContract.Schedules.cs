using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Data.Tests.Slots;

// The orders of events that break a simpler protocol, each planted.
public abstract partial class SlotMoverContract
{
    [Fact]
    public async Task One_pauses_before_the_map_and_another_would_roll_back()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        var hold = new Hold();
        IShardMapStore maps = world.Maps;
        world.Maps = new HeldMapStore(maps, static map => map.GetShardId(1) == "b", hold);
        Task<SlotMigrationRecord> first = world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await hold.Reached.WaitAsync(TestToken);
        world.Maps = maps;
        Guid id = Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken)).Id;
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().CancelAsync(id, cancellationToken: TestToken));
        await world.Coordinator().ResumeAsync(id, cancellationToken: TestToken);
        hold.Release();
        await Assert.ThrowsAsync<SlotMigrationTakenOverException>(() => first);
        Assert.Equal("b", (await world.MapAsync()).GetShardId(1));
        Assert.Equal(3, await world.CountAsync("b", "orders"));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_pauses_before_it_gives_the_slots_away_and_another_rolls_back()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        var hold = new Hold();
        bool isReady = false;
        Task<SlotMigrationRecord> first = HookedCoordinator(
            world,
            source: _ => isReady ? hold.ComeAsync() : Task.CompletedTask,
            target: text => Done(isReady |= text.Contains("SET state = 6", StringComparison.Ordinal))).RunAsync(Move, cancellationToken: TestToken);
        await hold.Reached.WaitAsync(TestToken);
        Guid id = Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken)).Id;
        StaleShardMapException early = await Assert.ThrowsAsync<StaleShardMapException>(() => world.WriteAsync("b", 1, 1)); // nobody can know the new epoch yet
        Assert.Equal("a", early.ShardId);
        await Assert.ThrowsAsync<SlotFrozenException>(() => world.WriteAsync("a", 1, 1));
        await world.Coordinator().CancelAsync(id, cancellationToken: TestToken);
        await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 2 WHERE slot = 1 AND id = 1");
        hold.Release();
        await Assert.ThrowsAsync<SlotMigrationTakenOverException>(() => first);
        Assert.Equal((3, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        Assert.Equal(("a", SlotState.Stable), ((await world.MapAsync()).GetShardId(1), (await world.MapAsync()).GetState(1)));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_old_batch_of_one_who_was_taken_over_overwrites_nothing()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        (Hold hold, Task<SlotMigrationRecord> first) = await HoldWithBatchAsync(world);
        Guid id = Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken)).Id;
        await world.WriteAsync("a", 1, 1, "DELETE FROM order_lines WHERE slot = 1 AND order_id = 3", "DELETE FROM orders WHERE slot = 1 AND id = 3");
        var published = new TaskCompletionSource();
        world.Migrations = new HookedMigrationStore(world.Migrations, state => Done(state == SlotMigrationState.Published && published.TrySetResult()));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
        Task<SlotMigrationRecord> second = world.Coordinator(retireAfter: TimeSpan.FromHours(1)).ResumeAsync(id, cancellationToken: stop.Token);
        await Task.WhenAny(published.Task, second);
        await world.WriteAsync("b", 1, 2, "UPDATE orders SET version = 7 WHERE slot = 1 AND id = 1");
        List<string> rows = await world.RowsAsync("b", "orders", 1);
        hold.Release();
        await Assert.ThrowsAsync<SlotMigrationTakenOverException>(() => first);
        Assert.Equal(rows, await world.RowsAsync("b", "orders", 1));
        Assert.Equal(4, await world.CountAsync("b", "order_lines"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await world.Coordinator().ResumeAsync(id, cancellationToken: TestToken);
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_batch_that_was_read_before_a_delete_does_not_bring_the_row_back()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        (Hold hold, Task<SlotMigrationRecord> first) = await HoldWithBatchAsync(world);
        await world.WriteAsync("a", 1, 1, "DELETE FROM order_lines WHERE slot = 1 AND order_id = 3", "DELETE FROM orders WHERE slot = 1 AND id = 3", "UPDATE orders SET version = 2 WHERE slot = 1 AND id = 1");
        List<string> rows = await world.RowsAsync("a", "orders", 1);
        hold.Release();
        await first;
        Assert.Equal(rows, await world.RowsAsync("b", "orders", 1));
        Assert.Equal(4, await world.CountAsync("b", "order_lines"));
    }

    [Fact]
    public async Task A_snapshot_from_before_the_move_writes_nothing()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.Coordinator().RunAsync(new SlotMove([0], "a", "b"), cancellationToken: TestToken); // so that the triggers are there: whoever reads holds them up
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await BeginSnapshotAsync(connection);
        await SlotWorld.ExecuteAsync(connection, transaction, "SELECT * FROM orders");
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        bool entered = false;
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
            entered = true;
            await SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES (1, 9, 1, NULL)");
        });
        Assert.True(refused is StaleShardMapException or DbException, refused.ToString());
        Assert.Equal(this is not ConcurrentSlotMoverContract, entered); // SQLite refuses the write
    }

    [Fact]
    public async Task A_freeze_that_is_over_is_ended_by_a_writer_and_not_by_giving_the_slots_away()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        var still = new ManualTimeProvider(); // the mover believes that no time passes
        world.Options = new SqlSlotMoverOptions { FreezeLimit = TimeSpan.FromMilliseconds(1), TimeProvider = still };
        var hold = new Hold();
        bool isReady = false;
        Task<SlotMigrationRecord> moving = HookedCoordinator(
            world,
            source: _ => isReady ? hold.ComeAsync() : Task.CompletedTask,
            target: text => Done(isReady |= text.Contains("SET state = 6", StringComparison.Ordinal))).RunAsync(Move, cancellationToken: TestToken);
        await hold.Reached.WaitAsync(TestToken);
        for (bool isWritten = false; !isWritten;)
        {
            try
            {
                await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 8 WHERE slot = 1 AND id = 1");
                isWritten = true;
            }
            catch (SlotFrozenException)
            {
                // for a millisecond
            }
        }

        hold.Release();
        Assert.Equal(SlotMigrationState.Retired, (await moving).State);
        Assert.Equal(1, await world.CountAsync("b", "orders", "version = 8"));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Slots_do_not_come_back_while_their_old_copy_is_deleted()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        var hold = new Hold();
        bool isOpen = false;
        Task<SlotMigrationRecord> first = HookedCoordinator(
            world,
            source: _ => isOpen ? hold.ComeAsync() : Task.CompletedTask,
            target: text => Done(isOpen |= text.Contains("peer = NULL", StringComparison.Ordinal))).RunAsync(Move, cancellationToken: TestToken);
        await hold.Reached.WaitAsync(TestToken);
        SlotMove back = new([1, 2], "b", "a");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(back, cancellationToken: TestToken));
        Assert.Contains("Moved", refused.Message, StringComparison.Ordinal);
        Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken)); // the first
        hold.Release();
        await first;
        await world.Coordinator().RunAsync(back, cancellationToken: TestToken);
        Assert.Equal((3, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    // Written after both copies were compared, and wrong at the target: only what compares the late rows while the slots are frozen can see it.
    [Fact]
    public async Task A_late_copy_that_differs_is_found_out()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 20);
        world.Migrations = new HookedMigrationStore(world.Migrations, state =>
            state == SlotMigrationState.Frozen ? world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 8 WHERE slot = 1 AND id = 13") : Task.CompletedTask);
        async Task SpoilAsync()
        {
            await world.ExecuteAsync("b", "UPDATE slot_fences_moves SET mover = 1");
            await world.ExecuteAsync("b", "UPDATE orders SET body = 'spoiled' WHERE slot = 1 AND id = 13 AND version = 8");
            await world.ExecuteAsync("b", "UPDATE slot_fences_moves SET mover = 0");
        }

        InvalidOperationException found = await Assert.ThrowsAsync<InvalidOperationException>(() => HookedCoordinator(
            world,
            source: text => text.Contains("until_us = ", StringComparison.Ordinal) ? SpoilAsync() : Task.CompletedTask,
            target: _ => Task.CompletedTask).RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("13", found.Message, StringComparison.Ordinal);
        await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 9 WHERE slot = 1 AND id = 13"); // thawed at once
        await world.Coordinator().CancelAsync(Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken)).Id, cancellationToken: TestToken);
        Assert.Equal((20, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    protected virtual async Task<DbTransaction> BeginSnapshotAsync(DbConnection connection) => await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, TestToken);

    // Held when it has read a batch of rows, and before it writes them.
    private static async Task<(Hold Hold, Task<SlotMigrationRecord> Moving)> HoldWithBatchAsync(SlotWorld world)
    {
        var hold = new Hold();
        bool isRead = false;
        Task<SlotMigrationRecord> moving = HookedCoordinator(
            world,
            source: text =>
            {
                Task held = isRead ? hold.ComeAsync() : Task.CompletedTask;
                isRead |= text.Contains("body", StringComparison.Ordinal) && text.Contains("ORDER BY", StringComparison.Ordinal);
                return held;
            },
            target: _ => isRead ? hold.ComeAsync() : Task.CompletedTask).RunAsync(Move, cancellationToken: TestToken);
        await hold.Reached.WaitAsync(TestToken);
        return (hold, moving);
    }

    private protected static SlotMigration HookedCoordinator(SlotWorld world, Func<string, Task> source, Func<string, Task> target)
    {
        Dictionary<string, DbDataSource> hooked = new(StringComparer.Ordinal)
        {
            ["a"] = new HookedDataSource(world.Sources["a"], source),
            ["b"] = new HookedDataSource(world.Sources["b"], target),
        };
        return world.Coordinator(id => hooked[id]);
    }

    private static Task Done(bool ignored) => Task.CompletedTask;
}
