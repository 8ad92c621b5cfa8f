using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public class ShardStrategyTests
{
    [Fact]
    public void A_range_holds_the_keys_from_its_boundary_up_to_the_next()
    {
        var byYear = new RangeShardStrategy<DateOnly>("years", [new(2025, 1, 1), new(2026, 1, 1)]);
        Assert.Equal(3, byYear.SlotCount);
        Assert.Equal([0, 1, 1, 2, 2], ((DateOnly[])[new(2024, 12, 31), new(2025, 1, 1), new(2025, 12, 31), new(2026, 1, 1), DateOnly.MaxValue]).Select(byYear.GetSlot));
        Assert.Equal(0, new RangeShardStrategy<long>("all", []).GetSlot(5));

        // Ordinal, as on every machine: a culture would put b before C.
        var byName = new RangeShardStrategy<string>("names", ["C", "b"]);
        Assert.Equal([0, 1, 2], ((string[])["A", "a", "c"]).Select(byName.GetSlot));
        Assert.Equal(1, new RangeShardStrategy<string>("names", ["b", "C"], StringComparer.OrdinalIgnoreCase).GetSlot("B"));
    }

    [Property]
    public void Ranges_keep_the_order_of_keys(int[] keys, int left, int right)
    {
        var strategy = new RangeShardStrategy<int>("x", keys.Distinct().Order());
        Assert.Equal(keys.Distinct().Count(key => key <= left), strategy.GetSlot(left));
        Assert.True(left > right || strategy.GetSlot(left) <= strategy.GetSlot(right));
    }

    [Fact]
    public void A_directory_has_slots_of_its_own_for_single_keys()
    {
        var hash = new HashShardStrategy<string>(1_024);
        var directory = new DirectoryShardStrategy<string>("large-1", [new("acme", 1_024), new("globex", 7)], hash, slotCount: 1_026);
        Assert.StartsWith("large-1:", directory.Id, StringComparison.Ordinal);
        Assert.EndsWith("+xxh3-text/1024/1026", directory.Id, StringComparison.Ordinal);
        Assert.Equal(1_026, directory.SlotCount);
        Assert.Equal((1_024, 7, hash.GetSlot("other")), (directory.GetSlot("acme"), directory.GetSlot("globex"), directory.GetSlot("other")));
        Assert.Equal(1_024, new DirectoryShardStrategy<string>("none", [], hash).SlotCount);
    }

    [Fact]
    public void Keys_that_share_a_part_share_a_slot_and_tables_a_map()
    {
        var customers = new HashShardStrategy<long>(1_024);
        var orders = new CoLocatedShardStrategy<(long Customer, long Order), long>(order => order.Customer, customers);
        Assert.Equal((customers.Id, customers.SlotCount), (orders.Id, orders.SlotCount));
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(customers.GetSlot(42), orders.GetSlot((42, i))));
        var map = new ShardMap(1_024, ["a", "b"], strategyId: customers.Id);
        Assert.Equal(new ShardRouter<long, string>(customers, map, id => id).Route(42).Shard, new ShardRouter<(long, long), string>(orders, map, id => id).Route((42, 1)).Shard);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        var hash = new HashShardStrategy<string>(16);
        Assert.Throws<ArgumentException>("boundaries", () => new RangeShardStrategy<int>("x", [1, 1]));
        Assert.Throws<ArgumentException>("boundaries", () => new RangeShardStrategy<int>("x", [2, 1]));
        Assert.Throws<ArgumentException>("boundaries", () => new RangeShardStrategy<string>("x", [null!]));
        Assert.Throws<ArgumentException>("boundaries", () => new RangeShardStrategy<int>("x", Enumerable.Range(0, ShardMap.MaxSlotCount)));
        Assert.Throws<ArgumentNullException>("boundaries", () => new RangeShardStrategy<int>("x", null!));
        Assert.Throws<ArgumentException>("id", () => new RangeShardStrategy<int>("", []));
        Assert.Throws<ArgumentNullException>("key", () => new RangeShardStrategy<string>("x", []).GetSlot(null!));
        Assert.Throws<ArgumentException>("entries", () => new DirectoryShardStrategy<string>("x", [new("a", 16)], hash));
        Assert.Throws<ArgumentException>("entries", () => new DirectoryShardStrategy<string>("x", [new("a", -1)], hash));
        Assert.Throws<ArgumentOutOfRangeException>("slotCount", () => new DirectoryShardStrategy<string>("x", [], hash, 15));
        Assert.Throws<ArgumentNullException>("fallback", () => new DirectoryShardStrategy<string>("x", [], null!));
        Assert.Throws<ArgumentNullException>("key", () => new DirectoryShardStrategy<string>("x", [], hash).GetSlot(null!));
        Assert.Throws<ArgumentNullException>("part", () => new CoLocatedShardStrategy<string, string>(null!, hash));
        Assert.Throws<ArgumentNullException>("strategy", () => new CoLocatedShardStrategy<string, string>(key => key, null!));
        Assert.Throws<ArgumentNullException>("key", () => new CoLocatedShardStrategy<string, string>(key => key, hash).GetSlot(null!));
    }
}
