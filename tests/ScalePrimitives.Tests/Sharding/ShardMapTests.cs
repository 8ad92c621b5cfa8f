using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public class ShardMapTests
{
    [Fact]
    public void A_new_map_gives_each_shard_a_run_of_slots()
    {
        var map = new ShardMap(10, ["c", "a", "b"]);
        Assert.Equal(["a", "b", "c"], map.ShardIds);
        Assert.Equal("aaaabbbccc", Owners(map));
        Assert.Equal(1, map.Version);
        Assert.Equal("default", map.Id);
        Assert.Null(map.StrategyId);
        Assert.All(Enumerable.Range(0, 10), slot => Assert.Equal(1, map.GetEpoch(slot)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1024, 7)]
    [InlineData(ShardMap.MaxSlotCount, 3)]
    public void The_first_map_is_even(int slotCount, int shards)
    {
        var map = new ShardMap(slotCount, Enumerable.Range(0, shards).Select(i => $"s{i}"));
        int[] held = map.ShardIds.Select(id => map.GetSlots(id).Length).ToArray();
        Assert.Equal(slotCount, held.Sum());
        Assert.InRange(held.Max() - held.Min(), 0, 1);
    }

    [Fact]
    public void Moving_slots_raises_the_version_and_only_their_epochs()
    {
        var first = new ShardMap(8, ["a", "b"]);
        ShardMap second = first.Move([0, 1, 4], "b"); // 4 is on b already
        Assert.Equal("bbaabbbb", Owners(second));
        Assert.Equal(2, second.Version);
        Assert.Equal([2, 2, 1, 1, 1, 1, 1, 1], Enumerable.Range(0, 8).Select(second.GetEpoch));
        Assert.Equal("aaaabbbb", Owners(first));
        Assert.Equal(1, first.Version);
    }

    [Fact]
    public void Shards_join_empty_and_leave_empty()
    {
        var map = new ShardMap(8, ["b", "d"], "orders", "xxh3-text/8");
        ShardMap joined = map.AddShard("a").AddShard("c");
        Assert.Equal(["a", "b", "c", "d"], joined.ShardIds);
        Assert.Equal(Owners(map), Owners(joined));
        Assert.Equal(3, joined.Version);
        Assert.Equal(("orders", "xxh3-text/8"), (joined.Id, joined.StrategyId));
        Assert.Empty(joined.GetSlots("c"));

        ShardMap drained = joined.Move(joined.GetSlots("b"), "c").RemoveShard("b").RemoveShard("a");
        Assert.Equal("ccccdddd", Owners(drained));
        Assert.Equal(["c", "d"], drained.ShardIds);
        Assert.Equal(6, drained.Version);
        Assert.Equal(4, drained.GetEpoch(0)); // the version of the move; joins and leaves touch no slot
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("slotCount", () => new ShardMap(0, ["a"]));
        Assert.Throws<ArgumentOutOfRangeException>("slotCount", () => new ShardMap(ShardMap.MaxSlotCount + 1, ["a"]));
        Assert.Throws<ArgumentOutOfRangeException>("slotCount", () => new ShardMap(1, ["a", "b"]));
        Assert.Throws<ArgumentNullException>("shardIds", () => new ShardMap(8, null!));
        Assert.Throws<ArgumentException>("shardIds", () => new ShardMap(8, []));
        Assert.Throws<ArgumentException>("shardIds", () => new ShardMap(8, ["a", ""]));
        Assert.Throws<ArgumentNullException>("shardIds", () => new ShardMap(8, ["a", null!]));
        Assert.Contains("'a'", Assert.Throws<ArgumentException>("shardIds", () => new ShardMap(8, ["a", "b", "a"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("id", () => new ShardMap(8, ["a"], ""));
        Assert.Throws<ArgumentException>("strategyId", () => new ShardMap(8, ["a"], "x", ""));
    }

    [Fact]
    public void Bad_changes_are_refused()
    {
        var map = new ShardMap(8, ["a", "b"]);
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => map.GetShardId(8));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => map.GetEpoch(-1));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => map.Move([0, 8], "b"));
        Assert.Throws<ArgumentException>("shardId", () => map.Move([0], "c"));
        Assert.Throws<ArgumentException>("shardId", () => map.GetSlots("c"));
        Assert.Throws<ArgumentNullException>("shardId", () => map.GetSlots(null!));
        Assert.Throws<ArgumentException>("shardId", () => map.AddShard("a"));
        Assert.Throws<ArgumentException>("shardId", () => map.AddShard(""));
        Assert.Throws<ArgumentException>("shardId", () => map.RemoveShard("c"));
        Assert.Contains("4 slots", Assert.Throws<InvalidOperationException>(() => map.RemoveShard("a")).Message, StringComparison.Ordinal);
    }

    private static string Owners(ShardMap map) => string.Concat(Enumerable.Range(0, map.SlotCount).Select(map.GetShardId));

    [Fact]
    public void States_are_of_slots_and_a_move_ends_them()
    {
        ShardMap map = new ShardMap(8, ["a", "b"]).SetState([1, 2], SlotState.Moving);
        Assert.Equal([SlotState.Stable, SlotState.Moving, SlotState.Moving, SlotState.Stable], Enumerable.Range(0, 4).Select(map.GetState));
        Assert.Equal((2L, "a", 1L), (map.Version, map.GetShardId(1), map.GetEpoch(1)));
        Assert.Equal(SlotState.Moving, map.AddShard("c").RemoveShard("c").GetState(2));
        ShardMap moved = map.Move([1], "b");
        Assert.Equal([SlotState.Stable, SlotState.Moving], new[] { 1, 2 }.Select(moved.GetState));
        Assert.Equal(SlotState.Stable, map.SetState([2], SlotState.Stable).GetState(2));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => map.SetState([8], SlotState.Moving));
        Assert.Throws<ArgumentOutOfRangeException>("state", () => map.SetState([1], (SlotState)2));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => map.GetState(-1));
    }

    [Fact]
    public void A_move_may_have_the_epoch_under_which_it_has_happened()
    {
        ShardMap map = new ShardMap(8, ["a", "b"]).AddShard("c").AddShard("d").Move([1], "b"); // version 4
        ShardMap published = map.Move([2, 3], "c", epoch: 2);
        Assert.Equal((5L, "c", 2L), (published.Version, published.GetShardId(2), published.GetEpoch(2)));
        Assert.Equal(5, map.Move([1], "c", epoch: 5).GetEpoch(1));
        Assert.Throws<ArgumentOutOfRangeException>("epoch", () => map.Move([1], "c", epoch: 4)); // it has 4 already
        Assert.Throws<ArgumentOutOfRangeException>("epoch", () => map.Move([2], "c", epoch: 6)); // a version that is to come
        Assert.Throws<ArgumentOutOfRangeException>("epoch", () => map.Move([2], "c", epoch: 1));
        Assert.Equal(1, map.Move([2], "a", epoch: 3).GetEpoch(2)); // there already
        Assert.Throws<ArgumentException>("shardId", () => map.Move([2], "x", epoch: 3));
    }
}
