using System.Data;
using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What <see cref="SqlSlotMover"/> and <see cref="SqlSlotFence"/> promise on every engine.</summary>
public abstract partial class SlotMoverContract : SlotContract
{
    [Fact]
    public async Task Slots_move_with_all_their_rows_and_only_they()
    {
        await using SlotWorld world = await NewWorldAsync();
        foreach (int slot in (int[])[0, 1, 2])
        {
            await world.FillAsync("a", slot, 30);
        }

        List<string> orders = await world.RowsAsync("a", "orders", 1);
        List<string> lines = await world.RowsAsync("a", "order_lines", 2);
        var states = new List<SlotMigrationState>();
        SlotMigrationRecord done = await world.Coordinator().RunAsync(Move, new Inline(progress => states.Add(progress.State)), TestToken);
        Assert.Equal((SlotMigrationState.Retired, 1), (done.State, done.Attempt));
        Assert.Contains(SlotMigrationState.Copying, states);
        Assert.Equal(orders, await world.RowsAsync("b", "orders", 1));
        Assert.Equal(lines, await world.RowsAsync("b", "order_lines", 2));
        Assert.Equal((30, 60), (await world.CountAsync("a", "orders"), await world.CountAsync("a", "order_lines")));
        Assert.Equal((60, 120), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "order_lines")));
        ShardMap map = await world.MapAsync();
        Assert.Equal([("b", 2L), ("b", 2L), ("a", 1L)], new[] { 1, 2, 3 }.Select(slot => (map.GetShardId(slot), map.GetEpoch(slot))));
        Assert.All(Enumerable.Range(0, SlotWorld.Slots), slot => Assert.Equal(SlotState.Stable, map.GetState(slot)));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Every_slot_goes_there_and_back()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        List<string> orders = await world.RowsAsync("a", "orders", 1);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await world.Coordinator().RunAsync(new SlotMove([1, 2], "b", "a"), cancellationToken: TestToken);
        await world.Coordinator().RunAsync(new SlotMove([4, 5, 6, 7], "b", "a"), cancellationToken: TestToken); // with nothing in them
        Assert.Equal(orders, await world.RowsAsync("a", "orders", 1));
        Assert.Equal(0, await world.CountAsync("b", "orders"));
        Assert.Equal(8, (await world.MapAsync()).GetSlots("a").Length);
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_is_written_meanwhile_moves_too()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 40);
        int writes = 0;
        var writer = new Inline(progress =>
        {
            if (progress.State is SlotMigrationState.Copying or SlotMigrationState.CatchingUp or SlotMigrationState.Verifying && writes < 30)
            {
                writes++;
                int id = (writes * 7 % 40) + 1;
                world.WriteAsync("a", 1, 1, (writes % 4) switch
                {
                    0 => [$"DELETE FROM order_lines WHERE slot = 1 AND order_id = {id}", $"DELETE FROM orders WHERE slot = 1 AND id = {id}"],
                    1 => [$"INSERT INTO orders VALUES (1, {1000 + writes}, 1, NULL)", $"INSERT INTO order_lines VALUES (1, {1000 + writes}, 1, 'cup')"],
                    2 => [$"UPDATE orders SET version = version + 1, body = 'changed' WHERE slot = 1 AND id = {id}"],
                    _ => [$"UPDATE order_lines SET line = line + 10 WHERE slot = 1 AND order_id = {id}"], // which changes keys
                }).GetAwaiter().GetResult();
            }
        });
        List<string> last = [];
        writer.Then(progress => last = progress.State == SlotMigrationState.Published && last.Count == 0 ? world.RowsAsync("b", "orders", 1).GetAwaiter().GetResult() : last);
        await world.Coordinator().RunAsync(Move, writer, TestToken);
        Assert.True(writes > 10, $"{writes} writes");
        Assert.Equal(last, await world.RowsAsync("b", "orders", 1));
        await world.AssertNothingIsLeftAsync();
        Assert.Equal(await world.CountAsync("b", "order_lines l", "EXISTS (SELECT 1 FROM orders o WHERE o.slot = l.slot AND o.id = l.order_id)"), await world.CountAsync("b", "order_lines"));
    }

    [Fact]
    public async Task A_fence_lets_in_only_who_belongs_there()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.WriteAsync("a", 1, 1, "INSERT INTO orders VALUES (1, 1, 1, NULL)");
        StaleShardMapException foreign = await Assert.ThrowsAsync<StaleShardMapException>(() => world.WriteAsync("b", 1, 1));
        Assert.Equal((1, "a", 1L), (foreign.Slot, foreign.ShardId, foreign.Epoch));
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.WriteAsync("a", 8, 1));
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        StaleShardMapException moved = await Assert.ThrowsAsync<StaleShardMapException>(() => world.WriteAsync("a", 1, 1));
        Assert.Equal(("b", 2L), (moved.ShardId, moved.Epoch));
        await world.WriteAsync("b", 1, 2, "INSERT INTO orders VALUES (1, 2, 1, NULL)");
        await world.WriteAsync("b", 1, 1, "INSERT INTO orders VALUES (1, 3, 1, NULL)"); // an old epoch, but the right shard
        Assert.Equal(3, await world.CountAsync("b", "orders"));
    }

    [Fact]
    public async Task Triggers_refuse_writers_that_do_not_ask()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO orders VALUES (1, 9, 1, NULL)"));
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("b", "UPDATE orders SET slot = 2, id = 77 WHERE slot = 1 AND id = 1"));
        await world.ExecuteAsync("b", "INSERT INTO orders VALUES (1, 9, 1, NULL)");
        await world.ExecuteAsync("a", "INSERT INTO orders VALUES (3, 9, 1, NULL)");
    }

    [Fact]
    public async Task Readers_are_sent_to_where_the_rows_are_and_see_them_once()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 5);
        await CheckReadAsync(world, "a", 1, 1);
        var atTarget = new List<string>();
        var reader = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying)
            {
                CheckReadAsync(world, "a", 1, 1).GetAwaiter().GetResult();
                atTarget.Add(Assert.Throws<StaleShardMapException>(() => CheckReadAsync(world, "b", 1, 1).GetAwaiter().GetResult()).ShardId);
            }
        });
        await world.Coordinator().RunAsync(Move, reader, TestToken);
        Assert.Contains("a", atTarget);
        Assert.Equal("b", (await Assert.ThrowsAsync<StaleShardMapException>(() => CheckReadAsync(world, "a", 1, 1))).ShardId);
        await CheckReadAsync(world, "b", 1, 2);
    }

    [Fact]
    public async Task A_cancelled_migration_leaves_all_as_it_was()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 30);
        List<string> orders = await world.RowsAsync("a", "orders", 1);
        foreach (SlotMigrationState at in (SlotMigrationState[])[SlotMigrationState.Copying, SlotMigrationState.Verifying])
        {
            SlotMigrationRecord unfinished = await StopAtAsync(world, at);
            await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
            SlotMigrationRecord cancelled = await world.Coordinator().CancelAsync(unfinished.Id, cancellationToken: TestToken);
            Assert.Equal(SlotMigrationState.Cancelled, cancelled.State);
            Assert.Equal(cancelled, await world.Coordinator().CancelAsync(unfinished.Id, cancellationToken: TestToken));
            Assert.Equal(orders, await world.RowsAsync("a", "orders", 1));
            Assert.Equal(0, await world.CountAsync("b", "orders"));
            await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = version WHERE slot = 1 AND id = 1");
            await world.AssertNothingIsLeftAsync();
        }

        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(orders, await world.RowsAsync("b", "orders", 1));
    }

    [Fact]
    public async Task What_lay_at_the_target_before_is_not_taken_for_a_copy()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.FillAsync("b", 1, 2, firstId: 3); // by someone lost, when there were no triggers yet
        List<string> rows = await world.RowsAsync("a", "orders", 1);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(rows, await world.RowsAsync("b", "orders", 1));
    }

    [Fact]
    public async Task A_copy_that_differs_is_found_out()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 20);
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state == SlotMigrationState.Verifying)
            {
                await world.ExecuteAsync("b", "UPDATE slot_fences_moves SET mover = 1");
                await world.ExecuteAsync("b", "UPDATE orders SET body = 'spoiled' WHERE slot = 1 AND id = 13");
                await world.ExecuteAsync("b", "UPDATE slot_fences_moves SET mover = 0");
            }
        });
        InvalidOperationException found = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("(1,13)", found.Message, StringComparison.Ordinal);
        await world.Coordinator().CancelAsync(Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken)).Id, cancellationToken: TestToken);
        Assert.Equal((20, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Values_of_every_type_arrive_as_they_were()
    {
        await using SlotWorld world = await NewWorldAsync();
        foreach (string shard in world.Sources.Keys)
        {
            await world.ExecuteAsync(shard, $"CREATE TABLE many_types (slot INT NOT NULL, {ManyTypes}, PRIMARY KEY (name, slot))");
        }

        foreach (string row in ManyRows)
        {
            await world.ExecuteAsync("a", $"INSERT INTO many_types VALUES (1, {row})");
        }

        var mover = new SqlSlotMover(world.Fence, [new SlotTable("many_types")], id => world.Sources[id], new SqlSlotMoverOptions { BatchRows = 2 });
        await new SlotMigration(world.Migrations, world.Maps, mover, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero }).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(ManyRows.Length, await world.CountAsync("b", "many_types"));
        foreach (string row in ManyRows)
        {
            string[] conditions = [.. ManyTypes.Split(", ").Zip(row.Split(", "), (column, value) => value == "NULL" ? $"{column.Split(' ')[0]} IS NULL" : Same(column.Split(' ')[0], value))];
            Assert.True(await world.CountAsync("b", "many_types", string.Join(" AND ", conditions)) == 1, $"{row} did not arrive.");
        }
    }

    [Fact]
    public async Task What_could_not_be_moved_safely_is_refused_with_the_reason()
    {
        await using SlotWorld world = await NewWorldAsync();
        foreach ((string table, string reason) in Refused.Append(("keyless (slot INT NOT NULL, id INT)", "primary key")).Append(("slotless (slot INT NOT NULL, id INT NOT NULL PRIMARY KEY)", "primary key")))
        {
            foreach (string shard in world.Sources.Keys)
            {
                await world.ExecuteAsync(shard, $"CREATE TABLE {table}");
            }

            var mover = new SqlSlotMover(world.Fence, [new SlotTable("orders"), new SlotTable("order_lines"), new SlotTable(table.Split(' ')[0])], id => world.Sources[id]);
            var coordinator = new SlotMigration(world.Migrations, world.Maps, mover);
            InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => coordinator.RunAsync(Move, cancellationToken: TestToken));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
            Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
            foreach (string shard in world.Sources.Keys)
            {
                await world.ExecuteAsync(shard, $"DROP TABLE {table.Split(' ')[0]}");
            }
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => new SlotMigration(world.Migrations, world.Maps, new SqlSlotMover(world.Fence, [new SlotTable("orders")], id => world.Sources[id])).RunAsync(Move, cancellationToken: TestToken)); // its lines would stay
        await world.ExecuteAsync("b", "ALTER TABLE orders ADD COLUMN extra INT");
        Assert.Contains("columns differ", (await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mover_goes_no_faster_than_it_may()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 10); // 10 orders and 20 lines: five batches of seven at most
        var clock = new PassingTimeProvider();
        world.Options = new SqlSlotMoverOptions { BatchRows = 7, RowsPerSecond = 10, TimeProvider = clock };
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(6.0, clock.GetElapsedTime(0).TotalSeconds, 1e-6); // 30 rows copied, and 30 deleted
    }

    /// <summary>Asserts that a move ends with an error when what is deleted stays, by statements that make it so and others that undo them.</summary>
    protected async Task AssertDeletionEndsAsync(string[] keep, string[] letGo)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 20);
        var keeps = new Once(() => ExecuteAsync(keep));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Published ? keeps.RunAsync() : Task.CompletedTask);
        InvalidOperationException stays = await Assert.ThrowsAsync<InvalidOperationException>(
            () => world.Coordinator().RunAsync(Move, cancellationToken: TestToken).WaitAsync(TimeSpan.FromSeconds(30), TestToken));
        Assert.Contains("stay though they are deleted", stays.Message, StringComparison.Ordinal);
        SlotMigrationRecord left = Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken));
        Assert.Equal((SlotMigrationState.Published, 20), (left.State, await world.CountAsync("b", "orders")));
        await ExecuteAsync(letGo);
        await world.Coordinator().ResumeAsync(left.Id, cancellationToken: TestToken);
        Assert.Equal(0, await world.CountAsync("a", "orders"));
        await world.AssertNothingIsLeftAsync();

        async Task ExecuteAsync(string[] statements)
        {
            foreach (string statement in statements)
            {
                await world.ExecuteAsync("a", statement);
            }
        }
    }

    /// <summary>Gets the columns of a table with a name and values of many types.</summary>
    protected abstract string ManyTypes { get; }

    /// <summary>Gets rows of that table, parted by a comma and a space.</summary>
    protected abstract string[] ManyRows { get; }

    /// <summary>Gets tables that cannot move, and a word of the reason.</summary>
    protected abstract (string Table, string Reason)[] Refused { get; }

    /// <summary>Makes the condition that a column has a value as it was written.</summary>
    protected virtual string Same(string column, string value) => $"{column} = {value}";

    private static async Task CheckReadAsync(SlotWorld world, string shard, int slot, long epoch)
    {
        await using DbConnection connection = await world.Sources[shard].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, TestToken);
        await world.Fence.CheckReadAsync(transaction, [new SlotEpoch(slot, epoch)], TestToken);
    }
}
