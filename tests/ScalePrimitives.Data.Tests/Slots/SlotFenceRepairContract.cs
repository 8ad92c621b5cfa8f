using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A shard that comes out of a backup knows nothing of what moved since. Its fences are set right by the map, and a map that is lost by the fences.</summary>
public abstract class SlotFenceRepairContract : SlotContract
{
    // As the fence was when the backup was made: before the move, and during it.
    [Theory]
    [InlineData("state = 0, epoch = 1, peer = NULL, move_id = NULL")]
    [InlineData("state = 1, epoch = 1, peer = NULL, move_id = '5f0d0f0e-0000-0000-0000-000000000001'")]
    [InlineData("state = 2, epoch = 1, peer = NULL, move_id = '5f0d0f0e-0000-0000-0000-000000000001', until_us = 1")]
    public async Task A_shard_out_of_a_backup_refuses_what_it_has_given_away(string fence)
    {
        await using SlotWorld world = await NewMovedAsync();
        await RestoreAsync(world, fence);
        ShardMap map = await world.MapAsync();
        Assert.NotEmpty(await world.Fence.CompareAsync(world.Sources["a"], map, "a", TestToken));
        await world.WriteAsync("a", 1, 1, "INSERT INTO orders VALUES (1, 77, 1, 'lost')"); // by one with an old map: what the repair is to end
        await world.Fence.RepairAsync(world.Sources["a"], map, "a", cancellationToken: TestToken);
        StaleShardMapException stale = await Assert.ThrowsAsync<StaleShardMapException>(() => world.WriteAsync("a", 1, 1));
        Assert.Equal(("b", map.GetEpoch(1)), (stale.ShardId, stale.Epoch));
        Assert.Empty(await world.Fence.CompareAsync(world.Sources["a"], map, "a", TestToken));
        await world.WriteAsync("a", 3, 1, "INSERT INTO orders VALUES (3, 77, 1, NULL)");
        await world.WriteAsync("b", 1, map.GetEpoch(1), "INSERT INTO orders VALUES (1, 78, 1, NULL)");

        // What the backup had of the slots does not come back with them.
        List<string> rows = await world.RowsAsync("b", "orders", 1);
        await world.Coordinator().RunAsync(new SlotMove([1, 2], "b", "a"), cancellationToken: TestToken);
        Assert.Equal(rows, await world.RowsAsync("a", "orders", 1));
        Assert.Equal(0, await world.CountAsync("a", "slot_fences", "move_id IS NOT NULL OR state NOT IN (0, 4)"));
    }

    [Fact]
    public async Task What_a_shard_out_of_a_backup_never_got_is_refused_until_it_is_acquired()
    {
        await using SlotWorld world = await NewMovedAsync();
        await world.ExecuteAsync("b", "UPDATE slot_fences SET state = 4, epoch = 1, peer = 'a' WHERE slot IN (1, 2)");
        ShardMap map = await world.MapAsync();
        await world.Fence.RepairAsync(world.Sources["b"], map, "b", cancellationToken: TestToken);
        await Assert.ThrowsAnyAsync<Exception>(() => world.WriteAsync("b", 1, map.GetEpoch(1), "INSERT INTO orders VALUES (1, 77, 1, NULL)"));
        Assert.NotEmpty(await world.Fence.CompareAsync(world.Sources["b"], map, "b", TestToken));
        await world.WriteAsync("b", 4, 1, "INSERT INTO orders VALUES (4, 77, 1, NULL)");

        await world.Fence.RepairAsync(world.Sources["b"], map, "b", acquire: true, TestToken);
        await world.WriteAsync("b", 1, map.GetEpoch(1), "INSERT INTO orders VALUES (1, 77, 1, NULL)");
        Assert.Empty(await world.Fence.CompareAsync(world.Sources["b"], map, "b", TestToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_shard_that_is_as_the_map_says_stays_as_it_is(bool acquire)
    {
        await using SlotWorld world = await NewMovedAsync();
        ShardMap map = await world.MapAsync();
        foreach (string shard in world.Sources.Keys)
        {
            List<string> before = await FencesAsync(world, shard);
            Assert.Empty(await world.Fence.CompareAsync(world.Sources[shard], map, shard, TestToken));
            await world.Fence.RepairAsync(world.Sources[shard], map, shard, acquire, TestToken);
            Assert.Equal(before, await FencesAsync(world, shard));
        }
    }

    [Fact]
    public async Task A_slot_without_a_fence_is_found_and_gets_one()
    {
        await using SlotWorld world = await NewMovedAsync();
        await world.ExecuteAsync("a", "DELETE FROM slot_fences WHERE slot IN (1, 3)");
        ShardMap map = await world.MapAsync();
        Assert.NotEmpty(await world.Fence.CompareAsync(world.Sources["a"], map, "a", TestToken));
        await world.Fence.RepairAsync(world.Sources["a"], map, "a", acquire: true, TestToken);
        Assert.Empty(await world.Fence.CompareAsync(world.Sources["a"], map, "a", TestToken));
        Assert.Equal("b", (await Assert.ThrowsAsync<StaleShardMapException>(() => world.WriteAsync("a", 1, 1))).ShardId);
        await world.WriteAsync("a", 3, 1, "INSERT INTO orders VALUES (3, 77, 1, NULL)");
    }

    [Fact]
    public async Task The_map_is_what_the_fences_tell()
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        ShardMap last = await world.MapAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await world.Coordinator().RunAsync(new SlotMove([2, 5], "b", "c"), cancellationToken: TestToken);
        ShardMap now = await world.MapAsync();
        ShardMap rebuilt = await world.Fence.RebuildMapAsync(last, world.Sources, TestToken);
        Assert.True(rebuilt.Version > last.Version, $"{rebuilt.Version}");
        Assert.Equal(last.Id, rebuilt.Id);
        Assert.All(Enumerable.Range(0, SlotWorld.Slots), slot => Assert.Equal((now.GetShardId(slot), SlotState.Stable), (rebuilt.GetShardId(slot), rebuilt.GetState(slot))));
        Assert.All(Enumerable.Range(0, SlotWorld.Slots), slot => Assert.True(rebuilt.GetEpoch(slot) >= now.GetEpoch(slot), $"the epoch of slot {slot}"));
        foreach (int slot in Enumerable.Range(0, SlotWorld.Slots))
        {
            await world.WriteAsync(rebuilt.GetShardId(slot), slot, rebuilt.GetEpoch(slot), $"INSERT INTO orders VALUES ({slot}, 77, 1, NULL)");
        }
    }

    [Fact]
    public async Task Of_two_shards_with_one_slot_the_map_names_the_one_that_got_it_last()
    {
        await using SlotWorld world = await NewMovedAsync();
        ShardMap now = await world.MapAsync();
        await RestoreAsync(world, "state = 0, epoch = 1, peer = NULL, move_id = NULL");
        ShardMap rebuilt = await world.Fence.RebuildMapAsync(new ShardMap(SlotWorld.Slots, ["a", "b"]), world.Sources, TestToken);
        Assert.All(Enumerable.Range(0, SlotWorld.Slots), slot => Assert.Equal(now.GetShardId(slot), rebuilt.GetShardId(slot)));
    }

    [Theory]
    [InlineData("b", false)]
    [InlineData("b", true)]
    [InlineData("a", false)]
    [InlineData("a", true)]
    public async Task A_map_that_is_older_than_the_fences_repairs_nothing(string shard, bool acquire)
    {
        await using SlotWorld world = await NewWorldAsync();
        ShardMap old = await world.MapAsync();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        List<string> before = await FencesAsync(world, shard);
        Assert.All(await world.Fence.CompareAsync(world.Sources[shard], old, shard, TestToken), finding => Assert.Equal(SlotFenceProblem.NewerEpoch, finding.Kind));
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Fence.RepairAsync(world.Sources[shard], old, shard, acquire, TestToken));
        Assert.Contains(nameof(SqlSlotFence.RebuildMapAsync), refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await FencesAsync(world, shard));
    }

    [Fact]
    public async Task Slots_of_a_shard_that_is_not_given_stay_where_the_last_map_has_them()
    {
        await using SlotWorld world = await NewWorldAsync();
        ShardMap last = await world.MapAsync();
        await world.ExecuteAsync("a", "DELETE FROM slot_fences WHERE slot >= 4"); // so that nothing else tells of them
        ShardMap rebuilt = await world.Fence.RebuildMapAsync(last, Only(world, "a"), TestToken);
        Assert.All(Enumerable.Range(0, SlotWorld.Slots), slot => Assert.Equal(last.GetShardId(slot), rebuilt.GetShardId(slot)));
    }

    [Fact]
    public async Task What_a_shard_gave_away_is_where_it_gave_it_though_that_one_is_not_given()
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        ShardMap last = await world.MapAsync();
        await world.Coordinator().RunAsync(new SlotMove([5], "b", "c"), cancellationToken: TestToken);
        ShardMap rebuilt = await world.Fence.RebuildMapAsync(last, Only(world, "a", "b"), TestToken);
        Assert.Equal(("c", "b"), (rebuilt.GetShardId(5), rebuilt.GetShardId(4)));
    }

    [Fact]
    public async Task A_target_that_has_not_been_told_yet_has_the_slots()
    {
        await using SlotWorld world = await NewWorldAsync();
        ShardMap last = await world.MapAsync();
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Moved ? throw new NotSupportedException("Enough.") : Task.CompletedTask);
        await Assert.ThrowsAsync<NotSupportedException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Equal(2, await world.CountAsync("b", "slot_fences", "state = 6"));
        ShardMap rebuilt = await world.Fence.RebuildMapAsync(last, world.Sources, TestToken);
        Assert.Equal(["a", "b", "b", "a"], Enumerable.Range(0, 4).Select(rebuilt.GetShardId));
    }

    // Published, and the source is lost: that the target is ready, and what the map says, is all that is left.
    [Fact]
    public async Task A_target_that_has_not_been_told_yet_has_the_slots_though_the_source_is_lost()
    {
        await using SlotWorld world = await NewMovedAsync();
        await world.ExecuteAsync("b", "UPDATE slot_fences SET state = 6, epoch = 1, peer = 'a' WHERE slot IN (1, 2)");
        ShardMap last = await world.MapAsync();
        ShardMap rebuilt = await world.Fence.RebuildMapAsync(last, Only(world, "b"), TestToken);
        Assert.All(Enumerable.Range(0, SlotWorld.Slots), slot => Assert.Equal(last.GetShardId(slot), rebuilt.GetShardId(slot)));
    }

    private static Dictionary<string, System.Data.Common.DbDataSource> Only(SlotWorld world, params string[] shards) =>
        shards.ToDictionary(shard => shard, shard => world.Sources[shard], StringComparer.Ordinal);

    private async Task<SlotWorld> NewMovedAsync()
    {
        SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        return world;
    }

    // The source as it was before: its fences, and its rows.
    private static async Task RestoreAsync(SlotWorld world, string fence)
    {
        await world.ExecuteAsync("a", "UPDATE slot_fences SET state = 0 WHERE slot IN (1, 2)");
        await world.FillAsync("a", 1, 3);
        await world.ExecuteAsync("a", $"UPDATE slot_fences SET {fence} WHERE slot IN (1, 2)");
    }

    private static async Task<List<string>> FencesAsync(SlotWorld world, string shard)
    {
        var fences = new List<string>();
        foreach (int slot in Enumerable.Range(0, SlotWorld.Slots))
        {
            fences.AddRange(await world.RowsAsync(shard, "slot_fences", slot));
        }

        return fences;
    }
}
