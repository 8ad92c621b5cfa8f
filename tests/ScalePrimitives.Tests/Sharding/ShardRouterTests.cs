using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardRouterTests
{
    private static readonly HashShardStrategy<string> Strategy = new(64);

    [Fact]
    public void A_key_routes_to_the_shard_that_holds_its_slot()
    {
        ShardMap map = new ShardMap(64, ["a", "b", "c"]).Move([Strategy.GetSlot("user:42")], "c");
        var router = new ShardRouter<string, Uri>(Strategy, map, id => new Uri($"db://{id}"));
        ShardRoute<Uri> route = router.Route("user:42");
        Assert.Equal(new ShardRoute<Uri>(new Uri("db://c"), Strategy.GetSlot("user:42"), map.GetEpoch(route.Slot)), route);
        Assert.Equal([new Uri("db://a"), new Uri("db://b"), new Uri("db://c")], router.Shards);
        Assert.Same(map, router.Map);
    }

    [Fact]
    public void A_batch_is_grouped_by_shard_in_its_own_order()
    {
        var router = new ShardRouter<string, string>(Strategy, new ShardMap(64, ["a", "b", "c"]), id => id.ToUpperInvariant());
        string[] keys = [.. Enumerable.Range(0, 100).Select(i => $"key-{i}"), "key-7"];
        var groups = router.Group(keys);
        Assert.Equal(["a", "b", "c"], groups.Select(group => group.ShardId));
        Assert.Equal(["A", "B", "C"], groups.Select(group => group.Shard));
        Assert.All(groups, group => Assert.Equal(keys.Where(key => router.Route(key).Shard == group.Shard), group.Keys));
        Assert.Equal(groups.Select(group => group.ShardId), router.Group(keys.AsEnumerable()).Select(group => group.ShardId));
    }

    [Fact]
    public void Shards_without_keys_have_no_group()
    {
        var router = new ShardRouter<string, string>(Strategy, new ShardMap(64, ["a", "b", "c"]), id => id);
        Assert.Equal(router.Route("x").Shard, Assert.Single(router.Group("x")).ShardId);
        Assert.Empty(router.Group());
    }

    [Fact]
    public void A_newer_map_takes_over_and_an_older_one_is_refused()
    {
        var first = new ShardMap(64, ["a", "b"]);
        ShardMap second = first.AddShard("c").Move(first.GetSlots("a"), "c");
        var router = new ShardRouter<string, string>(Strategy, first, id => id);
        Assert.True(router.TryUpdate(second));
        Assert.False(router.TryUpdate(first));
        Assert.False(router.TryUpdate(second)); // not newer than itself
        Assert.Same(second, router.Map);
        Assert.All(Enumerable.Range(0, 100), i => Assert.NotEqual("a", router.Route($"key-{i}").Shard));
    }

    [Fact]
    public void A_shard_is_resolved_once_while_it_stays()
    {
        var resolved = new List<string>();
        var first = new ShardMap(64, ["a", "b"]);
        ShardMap second = first.AddShard("c");
        ShardMap third = second.Move(second.GetSlots("a"), "b").RemoveShard("a");
        ShardMap fourth = third.AddShard("a");
        var router = new ShardRouter<string, string>(Strategy, first, id =>
        {
            resolved.Add(id);
            return $"{id}{resolved.Count}";
        });
        router.TryUpdate(second);
        Assert.Equal(["a1", "b2", "c3"], router.Shards);
        router.TryUpdate(third);
        router.TryUpdate(fourth);
        Assert.Equal(["a4", "b2", "c3"], router.Shards);
    }

    [Fact]
    public void A_failing_resolver_leaves_the_current_map()
    {
        var first = new ShardMap(64, ["a"]);
        var router = new ShardRouter<string, string>(Strategy, first, id => id == "a" ? id : throw new TimeoutException());
        Assert.Throws<TimeoutException>(() => router.TryUpdate(first.AddShard("b")));
        Assert.Same(first, router.Map);
    }

    [Fact]
    public void A_shard_is_found_by_its_id()
    {
        var router = new ShardRouter<string, string>(Strategy, new ShardMap(64, ["a", "b"]), id => id + "!");
        Assert.Equal("b!", router.GetShard("b"));
        Assert.Throws<ArgumentException>("shardId", () => router.GetShard("c"));
        Assert.Throws<ArgumentNullException>("shardId", () => router.GetShard(null!));
    }

    [Fact]
    public void A_resolver_that_gives_nothing_or_updates_the_router_is_found_out()
    {
        var first = new ShardMap(64, ["a"]);
        Assert.Throws<InvalidOperationException>(() => new ShardRouter<string, string>(Strategy, first, _ => null!));
        ShardRouter<string, string>? router = null;
        ShardMap second = first.AddShard("b");
        router = new ShardRouter<string, string>(Strategy, first, id => id == "b" && router!.TryUpdate(second.AddShard("c").RemoveShard("b")) ? "b" : id);
        Assert.Throws<InvalidOperationException>(() => router.TryUpdate(second));
        Assert.Equal(4, router.Map.Version); // the newest stays
    }

    [Fact]
    public void Foreign_maps_are_refused()
    {
        var map = new ShardMap(64, ["a"], "orders", Strategy.Id);
        var router = new ShardRouter<string, string>(Strategy, map, id => id);
        Assert.Throws<ArgumentException>("map", () => router.TryUpdate(new ShardMap(64, ["a"], "users", Strategy.Id).AddShard("b")));
        Assert.Throws<ArgumentException>("map", () => router.TryUpdate(new ShardMap(64, ["a"], "orders").AddShard("b")));
        Assert.Throws<ArgumentException>("map", () => router.TryUpdate(new ShardMap(64, ["a"], "orders", "xxh3-int64/64").AddShard("b")));
        Assert.Throws<ArgumentException>("map", () => router.TryUpdate(new ShardMap(32, ["a"], "orders").AddShard("b")));
        Assert.Throws<ArgumentException>("map", () => new ShardRouter<string, string>(Strategy, new ShardMap(32, ["a"]), id => id));
        Assert.Throws<ArgumentException>("map", () => new ShardRouter<string, string>(Strategy, new ShardMap(64, ["a"], "x", "other/64"), id => id));
        Assert.Same(map, router.Map);
    }

    [Fact]
    public void Null_arguments_are_refused_by_name()
    {
        var map = new ShardMap(64, ["a"]);
        Assert.Throws<ArgumentNullException>("strategy", () => new ShardRouter<string, string>(null!, map, id => id));
        Assert.Throws<ArgumentNullException>("map", () => new ShardRouter<string, string>(Strategy, null!, id => id));
        Assert.Throws<ArgumentNullException>("resolve", () => new ShardRouter<string, string>(Strategy, map, null!));
        var router = new ShardRouter<string, string>(Strategy, map, id => id);
        Assert.Throws<ArgumentNullException>("key", () => router.Route(null!));
        Assert.Throws<ArgumentNullException>("key", () => router.Group("a", null!));
        Assert.Throws<ArgumentNullException>("keys", () => router.Group((IEnumerable<string>)null!));
        Assert.Throws<ArgumentNullException>("map", () => router.TryUpdate(null!));
    }

    [Fact]
    public void A_strategy_that_leaves_its_range_is_found_out()
    {
        var router = new ShardRouter<int, string>(new Stray(), new ShardMap(64, ["a"]), id => id);
        Assert.Contains("slot 64", Assert.Throws<InvalidOperationException>(() => router.Route(64)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => router.Route(-1));
    }

    [Fact]
    public void Routing_allocates_nothing()
    {
        var router = new ShardRouter<string, string>(Strategy, new ShardMap(64, ["a", "b"]), id => id);
        Allocations.AssertNone(() => (ulong)router.Route("user:42").Slot);
    }

    private sealed class Stray : IShardStrategy<int>
    {
        public string Id => "stray";

        public int SlotCount => 64;

        public int GetSlot(int key) => key;
    }
}
