using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>What puts keys into slots is part of what a map is known by: two releases that disagree never both use it.</summary>
public class ShardPlacementTests
{
    [Fact]
    public void Two_releases_with_other_boundaries_never_use_one_map()
    {
        var old = new RangeShardStrategy<string>("tenants", ["g", "p"]);
        var next = new RangeShardStrategy<string>("tenants", ["k", "p"]);
        Assert.NotEqual(old.GetSlot("hans"), next.GetSlot("hans"));
        Assert.NotEqual(old.Id, next.Id);
        var map = new ShardMap(3, ["a", "b", "c"], strategyId: old.Id);
        Assert.Equal("b", new ShardRouter<string, string>(old, map, id => id).Route("hans").Shard);
        Assert.Contains(next.Id, Assert.Throws<ArgumentException>("map", () => new ShardRouter<string, string>(next, map, id => id)).Message, StringComparison.Ordinal);
        Assert.Equal(old.Id, new RangeShardStrategy<string>("tenants", ["g", "p"]).Id);
    }

    [Fact]
    public void Two_releases_with_other_entries_never_use_one_map()
    {
        var hash = new HashShardStrategy<string>(16);
        DirectoryShardStrategy<string> Release(params (string Key, int Slot)[] entries) => new("large", entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Slot)), hash, slotCount: 20);
        DirectoryShardStrategy<string> old = Release(("acme", 16));
        Assert.All([Release(), Release(("acme", 17)), Release(("Acme", 16)), Release(("acme", 16), ("globex", 17))], next =>
        {
            Assert.NotEqual(old.Id, next.Id);
            Assert.Throws<ArgumentException>("map", () => new ShardRouter<string, string>(next, new ShardMap(20, ["a", "b"], strategyId: old.Id), id => id));
        });
        Assert.Equal(Release(("acme", 16), ("globex", 17)).Id, Release(("globex", 17), ("acme", 16)).Id);
        Assert.Throws<ArgumentException>("entries", () => Release(("acme", 16), ("acme", 17)));
    }

    // Golden: what a release writes into a map, every later one must give again, in any culture and process.
    [Theory]
    [InlineData("")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void Ids_are_golden_in_every_culture(string culture)
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        Assert.Equal("tenants:e081d043fe22285528fbf1042d14f125/3", new RangeShardStrategy<string>("tenants", ["g", "İp"]).Id);
        Assert.Equal("ids:f864a84e4b679a5e1fdad848edec2b61/3", new RangeShardStrategy<long>("ids", [-5, 1_000_000]).Id);
        Assert.Equal("years:07907a68c43439a68a6711ec94f7e04c/2", new RangeShardStrategy<DateOnly>("years", [new(2026, 1, 1)]).Id);
        Assert.Equal("large:b29b4e92d200925f3f42dc478fb4b910+xxh3-uuid/8/8", new DirectoryShardStrategy<Guid>("large", [new(new Guid("01890a5d-ac96-774b-bcce-b302099a8057"), 3)], new HashShardStrategy<Guid>(8)).Id);
    }

    [Fact]
    public void Ids_tell_apart_whatever_places_keys_differently()
    {
        string[] ids =
        [
            new RangeShardStrategy<string>("x", ["1", "2"]).Id,
            new RangeShardStrategy<string>("x", ["12"]).Id,
            new RangeShardStrategy<string>("x", ["1", "3"]).Id,
            new RangeShardStrategy<string>("x", ["1", "2"], StringComparer.OrdinalIgnoreCase).Id,
            new RangeShardStrategy<string>("x", ["1", "2"], StringComparer.InvariantCulture, "invariant").Id,
            new RangeShardStrategy<string>("x", ["1", "2"], StringComparer.InvariantCulture, "ordinal-ignore-case").Id,
            new RangeShardStrategy<long>("x", [1, 2]).Id,
        ];
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(new RangeShardStrategy<string>("x", ["1", "2"]).Id, new RangeShardStrategy<string>("x", ["1", "2"], StringComparer.Ordinal).Id);
        Assert.Equal(new RangeShardStrategy<int>("x", [1, 2]).Id, new RangeShardStrategy<ulong>("x", [1, 2]).Id); // as for the hash
    }

    [Fact]
    public void An_order_that_may_differ_by_machine_or_release_has_to_be_named()
    {
        Assert.Throws<ArgumentException>("comparerName", () => new RangeShardStrategy<string>("x", ["a"], StringComparer.CurrentCulture));
        Assert.Throws<ArgumentException>("comparerName", () => new RangeShardStrategy<string>("x", ["a"], StringComparer.InvariantCulture, ""));
        Assert.Throws<ArgumentException>("comparerName", () => new RangeShardStrategy<string>("x", ["a"], comparerName: "mine"));

        // Texts in a pair compare by the culture of the process.
        Assert.Throws<ArgumentException>("comparer", () => new RangeShardStrategy<(string, int)>("x", [("a", 1)], formatKey: key => $"{key}"));
        var pairs = new RangeShardStrategy<(string Name, int Number)>("x", [("a", 1)], Comparer<(string Name, int Number)>.Create((left, right) => string.CompareOrdinal(left.Name, right.Name)), "by-name", key => $"{key.Name}/{key.Number}");
        Assert.Equal([0, 1], ((string[])["A", "b"]).Select(name => pairs.GetSlot((name, 0))));
    }

    [Fact]
    public void Types_without_a_built_in_text_need_one_that_tells_keys_apart()
    {
        Assert.Contains("formatKey", Assert.Throws<NotSupportedException>(() => new RangeShardStrategy<double>("x", [1])).Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => new DirectoryShardStrategy<double>("x", [], new HashShardStrategy<double>(4, "bits", key => (ulong)key)));
        Assert.Throws<ArgumentException>("boundaries", () => new RangeShardStrategy<string>("x", ["\ud800"]));
        Assert.Throws<ArgumentException>("boundaries", () => new RangeShardStrategy<double>("x", [1, 2], Comparer<double>.Default, "number", _ => "same"));
        Assert.Throws<ArgumentException>("entries", () => new DirectoryShardStrategy<int>("x", [new(1, 0), new(2, 0)], new HashShardStrategy<int>(4), formatKey: _ => "same"));
    }

    [Fact]
    public void A_map_that_names_no_strategy_is_not_used_where_a_table_decides()
    {
        var map = new ShardMap(2, ["a", "b"]);
        Assert.Throws<ArgumentException>("map", () => new ShardRouter<string, string>(new RangeShardStrategy<string>("x", ["m"]), map, id => id));
        Assert.Throws<ArgumentException>("map", () => new ShardRouter<string, string>(new DirectoryShardStrategy<string>("x", [], new HashShardStrategy<string>(2)), map, id => id));
        Assert.Throws<ArgumentException>("map", () => new ShardRouter<int, string>(new CoLocatedShardStrategy<int, string>(_ => "", new RangeShardStrategy<string>("x", ["m"])), map, id => id));
        _ = new ShardRouter<string, string>(new HashShardStrategy<string>(2), map, id => id);
    }
}
