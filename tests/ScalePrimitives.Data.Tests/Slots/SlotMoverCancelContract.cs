using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A migration that is cancelled takes back what is its own, whatever has become of the target, and nothing of another's.</summary>
public abstract class SlotMoverCancelContract : SlotContract
{
    private static readonly SlotMove Elsewhere = new([1, 2], "a", "c");

    // Two begin at once, from one map. The second is refused by the source, and cancelled when the first has compared both copies: only the notes still know what is written then.
    [Fact]
    public async Task Cancelling_one_that_was_refused_takes_no_notes_of_another_away()
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        await world.FillAsync("a", 1, 5);
        ISlotMigrationStore store = world.Migrations;
        var hold = new Hold();
        world.Migrations = new HookedMigrationStore(store, state => state == SlotMigrationState.Preparing ? hold.ComeAsync() : Task.CompletedTask);
        SlotMigration refused = world.Coordinator();
        Task<SlotMigrationRecord> second = refused.RunAsync(Elsewhere, cancellationToken: TestToken);
        await hold.Reached.WaitAsync(TestToken);
        SlotState? stateAfterCancel = null;
        world.Migrations = new HookedMigrationStore(store, async state =>
        {
            if (state != SlotMigrationState.Frozen || stateAfterCancel is not null)
            {
                return;
            }

            hold.Release();
            await Assert.ThrowsAnyAsync<InvalidOperationException>(() => second);
            await world.WriteAsync("a", 1, 1, "UPDATE orders SET body = 'acknowledged' WHERE slot = 1 AND id = 5");
            SlotMigrationRecord other = (await store.ListUnfinishedAsync(TestToken)).Single(each => each.Move.To == "c");
            Assert.Equal(SlotMigrationState.Cancelled, (await refused.CancelAsync(other.Id, cancellationToken: TestToken)).State);
            stateAfterCancel = (await world.MapAsync()).GetState(1);
        });
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(1, await world.CountAsync("b", "orders", "slot = 1 AND id = 5 AND body = 'acknowledged'"));
        Assert.Equal(SlotState.Moving, stateAfterCancel); // by the first
        Assert.Equal(0, await world.CountAsync("c", "orders"));
        await world.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(SlotMigrationState.Copying)]
    [InlineData(SlotMigrationState.Verifying)]
    public async Task Slots_are_free_to_go_elsewhere_when_the_target_is_gone(SlotMigrationState at)
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        await world.FillAsync("a", 1, 12);
        SlotMigrationRecord stopped = await StopAtAsync(world, at);
        var target = new Gone(world.Sources["b"]) { Is = true };
        SlotMigration coordinator = world.Coordinator(id => id == "b" ? target.Open() : world.Sources[id]);
        InvalidOperationException left = await Assert.ThrowsAsync<InvalidOperationException>(() => coordinator.CancelAsync(stopped.Id, cancellationToken: TestToken));
        Assert.IsAssignableFrom<DbException>(left.InnerException);
        Assert.StartsWith("The slots are free on 'a'", left.Message, StringComparison.Ordinal);
        Assert.Contains($"Cancel migration {stopped.Id} again", left.Message, StringComparison.Ordinal);
        Assert.Equal(SlotMigrationState.Cancelling, (await world.Migrations.ReadAsync(stopped.Id, TestToken))!.State);
        Assert.Equal(SlotState.Stable, (await world.MapAsync()).GetState(1));
        Assert.Equal(0, await world.CountAsync("a", "slot_fences", "move_id IS NOT NULL"));
        await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 2 WHERE slot = 1 AND id = 1");
        Assert.Equal(0, await world.CountAsync("a", "orders_slot_changes")); // nobody notes any more

        await coordinator.RunAsync(Elsewhere, cancellationToken: TestToken);
        Assert.Equal(12, await world.CountAsync("c", "orders"));
        target.Is = false;
        Assert.Equal(SlotMigrationState.Cancelled, (await coordinator.CancelAsync(stopped.Id, cancellationToken: TestToken)).State);
        Assert.Equal((0, 0, 12), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders"), await world.CountAsync("c", "orders")));
        Assert.Equal(("c", SlotState.Stable), ((await world.MapAsync()).GetShardId(1), (await world.MapAsync()).GetState(1)));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_could_not_be_cleaned_at_the_target_is_cleaned_by_resuming()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Verifying);
        var target = new Gone(world.Sources["b"]) { Is = true };
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator(id => id == "b" ? target.Open() : world.Sources[id]).CancelAsync(stopped.Id, cancellationToken: TestToken));
        Assert.Equal(12, await world.CountAsync("b", "orders"));
        Assert.Equal(SlotMigrationState.Cancelled, (await world.Coordinator().ResumeAsync(stopped.Id, cancellationToken: TestToken)).State);
        Assert.Equal((12, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(12, await world.CountAsync("b", "orders"));
    }

    [Fact]
    public async Task A_target_that_nobody_can_resolve_leaves_nothing_behind()
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        await world.FillAsync("a", 1, 3);
        SlotMigration knowsNoC = world.Coordinator(id => id == "c" ? throw new KeyNotFoundException("There is no shard c.") : world.Sources[id]);
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => knowsNoC.RunAsync(Elsewhere, cancellationToken: TestToken));
        Assert.Contains("c", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        Assert.Equal(SlotState.Stable, (await world.MapAsync()).GetState(1));
        await knowsNoC.RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(3, await world.CountAsync("b", "orders"));
    }

    [Fact]
    public async Task A_target_that_nobody_can_resolve_any_more_does_not_keep_the_slots()
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        await world.FillAsync("a", 1, 12);
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Copying);
        SlotMigration knowsNoB = world.Coordinator(id => id == "b" ? throw new KeyNotFoundException("There is no shard b.") : world.Sources[id]);
        await Assert.ThrowsAnyAsync<Exception>(() => knowsNoB.CancelAsync(stopped.Id, cancellationToken: TestToken));
        Assert.Equal(SlotState.Stable, (await world.MapAsync()).GetState(1));
        await knowsNoB.RunAsync(Elsewhere, cancellationToken: TestToken);
        Assert.Equal(12, await world.CountAsync("c", "orders"));
    }

    // Two begin at once, from one map, with one slot in common. What the loser could claim of the others would be nobody's.
    [Fact]
    public async Task Of_two_moves_that_overlap_the_loser_claims_nothing_and_can_be_cancelled()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 2, 12);
        await world.FillAsync("a", 3, 3);
        ISlotMigrationStore store = world.Migrations;
        var hold = new Hold();
        world.Migrations = new HookedMigrationStore(store, state => state == SlotMigrationState.Preparing ? hold.ComeAsync() : Task.CompletedTask);
        SlotMigration loser = world.Coordinator();
        Task<SlotMigrationRecord> second = loser.RunAsync(new SlotMove([2, 3], "a", "b"), cancellationToken: TestToken);
        await hold.Reached.WaitAsync(TestToken);
        world.Migrations = store;
        SlotMigrationRecord first = await StopAtAsync(world, SlotMigrationState.Copying);
        hold.Release();
        Assert.Contains("slot 2", (await Assert.ThrowsAsync<InvalidOperationException>(() => second)).Message, StringComparison.Ordinal);
        SlotMigrationRecord lost = (await store.ListUnfinishedAsync(TestToken)).Single(each => each.Id != first.Id);
        foreach (string shard in world.Sources.Keys)
        {
            Assert.Equal(0, await world.CountAsync(shard, "slot_fences", $"move_id = '{lost.Id}'"));
        }

        Assert.Equal(SlotMigrationState.Cancelled, (await loser.CancelAsync(lost.Id, cancellationToken: TestToken)).State);
        await world.Coordinator().ResumeAsync(first.Id, cancellationToken: TestToken);
        await world.Coordinator().RunAsync(new SlotMove([3], "a", "b"), cancellationToken: TestToken);
        Assert.Equal((0, 15), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    // A writer goes by the epoch that the target tells: one that the map does not have yet would make it wait for a map that never comes.
    [Fact]
    public async Task The_target_tells_of_no_epoch_that_the_map_has_not()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 1);
        await world.Coordinator().RunAsync(new SlotMove([2], "a", "b"), cancellationToken: TestToken);
        await world.Coordinator().RunAsync(new SlotMove([2], "b", "a"), cancellationToken: TestToken); // of a higher epoch than slot 1
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Copying);
        await AssertEpochsAsync();
        await world.Coordinator().CancelAsync(stopped.Id, cancellationToken: TestToken);
        await AssertEpochsAsync();

        async Task AssertEpochsAsync()
        {
            ShardMap map = await world.MapAsync();
            foreach (int slot in Move.Slots)
            {
                StaleShardMapException stale = await Assert.ThrowsAsync<StaleShardMapException>(() => world.WriteAsync("b", slot, 1));
                Assert.Equal((slot, "a", map.GetEpoch(slot)), (slot, stale.ShardId, stale.Epoch));
            }
        }
    }
}
