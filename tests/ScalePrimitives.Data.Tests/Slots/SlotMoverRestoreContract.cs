using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A shard that comes out of a backup, or is lost, in the middle of a move: what is written down as moved goes only forward, and the last rows are never deleted.</summary>
public abstract class SlotMoverRestoreContract : SlotContract
{
    // As the source's fences were when the backup was made: during the copy, and before the move.
    [Theory]
    [InlineData("state = 1, epoch = 1, peer = NULL")]
    [InlineData("state = 0, epoch = 1, peer = NULL, move_id = NULL")]
    public async Task What_is_written_down_as_moved_never_goes_back(string fence)
    {
        await using SlotWorld world = await NewFilledAsync();
        SlotMigrationRecord moved = await StopAtMovedAsync(world);
        await world.WriteAsync("b", 1, moved.Epoch, "UPDATE orders SET version = 7 WHERE slot = 1 AND id = 1");
        await world.ExecuteAsync("a", $"UPDATE slot_fences SET {fence} WHERE slot IN (1, 2)");
        var states = new List<SlotMigrationState>();
        ISlotMigrationStore store = world.Migrations;
        world.Migrations = new HookedMigrationStore(store, state =>
        {
            states.Add(state);
            return Task.CompletedTask;
        });
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().ResumeAsync(moved.Id, cancellationToken: TestToken));
        Assert.Contains("'a' accepts slots that it gave away", refused.Message, StringComparison.Ordinal);
        Assert.Equal([SlotMigrationState.Moved, SlotMigrationState.Published], states);
        Assert.Equal(("b", 1), ((await world.MapAsync()).GetShardId(1), await world.CountAsync("b", "orders", "version = 7")));
        await AssertRepairsAsync(world, "a");
        Assert.Equal(SlotMigrationState.Retired, (await world.Coordinator().ResumeAsync(moved.Id, cancellationToken: TestToken)).State);
    }

    // The map does not tell of a move that is still preparing: a repair by it leaves the claims of the move as they are.
    [Fact]
    public async Task A_repair_beside_a_move_takes_no_claim_of_it_away()
    {
        await using SlotWorld world = await NewFilledAsync();
        ShardMap before = await world.MapAsync();
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Copying);
        foreach (string shard in world.Sources.Keys)
        {
            await world.Fence.RepairAsync(world.Sources[shard], before, shard, cancellationToken: TestToken);
        }

        Assert.Equal(SlotMigrationState.Retired, (await world.Coordinator().ResumeAsync(stopped.Id, cancellationToken: TestToken)).State);
        Assert.Equal("b", (await world.MapAsync()).GetShardId(1));
    }

    // By a repair that is told to, or a standby that was behind: what was written since is noted nowhere.
    [Theory]
    [InlineData("a", SlotMigrationState.Copying)]
    [InlineData("a", SlotMigrationState.CatchingUp)]
    [InlineData("a", SlotMigrationState.Verifying)]
    [InlineData("a", SlotMigrationState.Frozen)]
    [InlineData("b", SlotMigrationState.Frozen)]
    public async Task A_move_whose_claim_is_lost_hands_nothing_over(string shard, SlotMigrationState at)
    {
        await using SlotWorld world = await NewFilledAsync();
        ISlotMigrationStore store = world.Migrations;
        world.Migrations = new HookedMigrationStore(store, async state =>
        {
            if (state == at)
            {
                await world.ExecuteAsync(shard, $"UPDATE slot_fences SET state = {(shard == "a" ? 0 : 5)}, move_id = NULL WHERE slot IN (1, 2)");
            }
        });
        InvalidOperationException lost = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains($"The fences of '{shard}' are not those of migration", lost.Message, StringComparison.Ordinal);
        world.Migrations = store;
        SlotMigrationRecord left = Assert.Single(await store.ListUnfinishedAsync(TestToken));
        await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 9 WHERE slot = 1 AND id = 1");
        Assert.Equal(SlotMigrationState.Cancelled, (await world.Coordinator().CancelAsync(left.Id, cancellationToken: TestToken)).State);
        Assert.Equal(("a", 1), ((await world.MapAsync()).GetShardId(1), await world.CountAsync("a", "orders", "version = 9")));
    }

    [Fact]
    public async Task A_source_that_has_taken_slots_back_amid_the_hand_over_stops_the_move()
    {
        await using SlotWorld world = await NewFilledAsync();
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Verifying);
        Assert.True(await world.Migrations.TryWriteAsync(stopped with { State = SlotMigrationState.HandingOver, Revision = stopped.Revision + 1 }, TestToken)); // and the backup is older
        for (int i = 0; i < 2; i++)
        {
            InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().ResumeAsync(stopped.Id, cancellationToken: TestToken));
            Assert.Contains("'a' has taken back slots", refused.Message, StringComparison.Ordinal);
            Assert.Equal(SlotMigrationState.HandingOver, (await world.Migrations.ReadAsync(stopped.Id, TestToken))!.State);
        }

        Assert.Equal((12, 12), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        Assert.Equal("a", (await world.MapAsync()).GetShardId(1));
    }

    [Fact]
    public async Task A_target_owns_what_is_published_though_the_source_is_lost()
    {
        await using SlotWorld world = await NewFilledAsync();
        SlotMigrationRecord published = await StopAtPublishedAsync(world);
        var source = new Gone(world.Sources["a"]) { Is = true };
        await Assert.ThrowsAnyAsync<DbException>(() => world.Coordinator(id => id == "a" ? source.Open() : world.Sources[id]).ResumeAsync(published.Id, cancellationToken: TestToken));
        Assert.Equal(2, await world.CountAsync("b", "slot_fences", $"slot IN (1, 2) AND state = 0 AND epoch = {published.Epoch} AND move_id IS NULL"));
        await world.WriteAsync("b", 1, 1, "UPDATE orders SET version = 7 WHERE slot = 1 AND id = 1"); // by one with an old map: it means this shard all the same
        Assert.Equal(SlotMigrationState.Published, (await world.Migrations.ReadAsync(published.Id, TestToken))!.State);

        await LoseAsync(world, "a");
        Assert.Equal(SlotMigrationState.Retired, (await world.Coordinator().ResumeAsync(published.Id, cancellationToken: TestToken)).State);
        Assert.Equal((12, 1), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "orders", "version = 7")));
        Assert.Empty(await world.Fence.CompareAsync(world.Sources["b"], await world.MapAsync(), "b", TestToken));
    }

    // As the target's fences were when the backup was made: before the move, and during it.
    [Theory]
    [InlineData("state = 4, epoch = 1, peer = 'a', move_id = NULL")]
    [InlineData("state = 5, epoch = 1, peer = 'a'")]
    public async Task Nothing_is_deleted_at_the_source_when_the_target_has_lost_the_rows(string fence)
    {
        await using SlotWorld world = await NewFilledAsync();
        SlotMigrationRecord published = await StopAtPublishedAsync(world);
        foreach (string statement in (string[])["DELETE FROM order_lines", "DELETE FROM orders", $"UPDATE slot_fences SET {fence} WHERE slot IN (1, 2)"])
        {
            await world.ExecuteAsync("b", statement);
        }

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().ResumeAsync(published.Id, cancellationToken: TestToken));
        Assert.Contains("Nothing is deleted on 'a'", refused.Message, StringComparison.Ordinal);
        Assert.Equal((12, 24), (await world.CountAsync("a", "orders"), await world.CountAsync("a", "order_lines")));
        Assert.Equal(SlotMigrationState.Published, (await world.Migrations.ReadAsync(published.Id, TestToken))!.State);

        // As the message says.
        await world.Fence.RepairAsync(world.Sources["b"], await world.MapAsync(), "b", acquire: true, TestToken);
        await world.FillAsync("b", 1, 12);
        Assert.Equal(SlotMigrationState.Retired, (await world.Coordinator().ResumeAsync(published.Id, cancellationToken: TestToken)).State);
        Assert.Equal((0, 12), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelling_frees_the_slots_though_the_source_knows_nothing_of_the_move(bool isLost)
    {
        await using SlotWorld world = await NewFilledAsync();
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Verifying);
        if (isLost)
        {
            await LoseAsync(world, "a");
        }
        else
        {
            await world.ExecuteAsync("a", "UPDATE slot_fences SET state = 0, move_id = NULL WHERE slot IN (1, 2)");
            await world.ExecuteAsync("a", "DELETE FROM slot_fences_moves");
        }

        Assert.Equal(SlotMigrationState.Cancelled, (await world.Coordinator().CancelAsync(stopped.Id, cancellationToken: TestToken)).State);
        ShardMap map = await world.MapAsync();
        Assert.All(Enumerable.Range(0, SlotWorld.Slots), slot => Assert.Equal(SlotState.Stable, map.GetState(slot)));
        Assert.Equal(0, await world.CountAsync("b", "orders"));
        foreach (string shard in world.Sources.Keys)
        {
            Assert.Empty(await world.Fence.CompareAsync(world.Sources[shard], map, shard, TestToken));
        }

        if (!isLost)
        {
            await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
            Assert.Equal((0, 12), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
            await world.AssertNothingIsLeftAsync();
        }
    }

    [Fact]
    public async Task A_move_whose_record_is_lost_is_named_and_what_it_has_claimed_can_be_freed()
    {
        await using SlotWorld world = await NewFilledAsync();
        ShardMap last = await world.MapAsync();
        SlotMigrationRecord moved = await StopAtMovedAsync(world);
        world.Migrations = new InMemorySlotMigrationStore();
        world.Maps = new InMemoryShardMapStore(); // went back as well, to where the slots were moving
        ShardMap marked = last.SetState([1, 2], SlotState.Moving);
        Assert.True(await world.Maps.TryReplaceAsync(marked, 0, TestToken));
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("its record was lost", refused.Message, StringComparison.Ordinal);
        ShardMap rebuilt = await world.Fence.RebuildMapAsync(marked, world.Sources, TestToken);
        Assert.Equal("b", rebuilt.GetShardId(1));
        Assert.True(await world.Maps.TryReplaceAsync(rebuilt, marked.Version, TestToken));

        SlotMove back = new([1, 2], "b", "a");
        Assert.Contains($"{moved.Id}", (await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(back, cancellationToken: TestToken))).Message, StringComparison.Ordinal);
        Assert.Contains("its record was lost", (await Assert.ThrowsAsync<ArgumentException>(() => world.Coordinator().ResumeAsync(moved.Id, cancellationToken: TestToken))).Message, StringComparison.Ordinal);
        foreach (string shard in world.Sources.Keys)
        {
            IReadOnlyList<SlotFenceFinding> repaired = await world.Fence.RepairAsync(world.Sources[shard], rebuilt, shard, acquire: true, TestToken);
            Assert.Equal([(1, SlotFenceProblem.Claimed), (2, SlotFenceProblem.Claimed)], repaired.Select(finding => (finding.Slot, finding.Kind)));
        }

        await world.Coordinator().RunAsync(back, cancellationToken: TestToken);
        Assert.Equal((12, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
    }

    private async Task<SlotWorld> NewFilledAsync()
    {
        SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        return world;
    }

    // The coordinator ends before it writes down that the map is published.
    private static async Task<SlotMigrationRecord> StopAtMovedAsync(SlotWorld world)
    {
        ISlotMigrationStore store = world.Migrations;
        world.Migrations = new HookedMigrationStore(store, state => state == SlotMigrationState.Published ? throw new IOException() : Task.CompletedTask);
        await Assert.ThrowsAsync<IOException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
        return await LeftAsync(world, store, SlotMigrationState.Moved);
    }

    // The coordinator loses the target once the map is published.
    private static async Task<SlotMigrationRecord> StopAtPublishedAsync(SlotWorld world)
    {
        ISlotMigrationStore store = world.Migrations;
        var target = new Gone(world.Sources["b"]);
        world.Migrations = new HookedMigrationStore(store, state =>
        {
            target.Is = state == SlotMigrationState.Published;
            return Task.CompletedTask;
        });
        await Assert.ThrowsAnyAsync<DbException>(() => world.Coordinator(id => id == "b" ? target.Open() : world.Sources[id]).RunAsync(Move, cancellationToken: TestToken));
        return await LeftAsync(world, store, SlotMigrationState.Published);
    }

    private static async Task<SlotMigrationRecord> LeftAsync(SlotWorld world, ISlotMigrationStore store, SlotMigrationState state)
    {
        world.Migrations = store;
        SlotMigrationRecord left = Assert.Single(await store.ListUnfinishedAsync(TestToken));
        Assert.Equal(state, left.State);
        return left;
    }

    // An empty database at the same address, with fences by the newest map.
    private static async Task LoseAsync(SlotWorld world, string shard)
    {
        foreach (string table in (string[])["order_lines", "orders", "order_lines_slot_changes", "orders_slot_changes", "slot_fences", "slot_fences_moves"])
        {
            await world.ExecuteAsync(shard, $"DROP TABLE {table}");
        }

        await world.Fence.CreateSchemaAsync(world.Sources[shard], await world.MapAsync(), shard, TestToken);
    }

    private static async Task AssertRepairsAsync(SlotWorld world, string shard)
    {
        ShardMap map = await world.MapAsync();
        Assert.NotEmpty(await world.Fence.RepairAsync(world.Sources[shard], map, shard, cancellationToken: TestToken));
        Assert.Empty(await world.Fence.CompareAsync(world.Sources[shard], map, shard, TestToken));
    }
}
