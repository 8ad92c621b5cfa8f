using System.Text;
using System.Text.Json;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>Entries of maps: keys without data get slots of their own, and all routers learn of it without a new release.</summary>
public class ShardMapEntryTests
{
    private const string Json = """{"id":"default","strategy":"STRATEGY","version":4,"slots":20,"shards":["a","b"],"runs":[[10,0,1,0],[10,1,1,0]],"entries":[["acme",16,1],["globex",17,0]]}""";

    private static readonly HashShardStrategy<string> Hash = new(16);
    private static readonly DirectoryShardStrategy<string> Directory = new("large", [], Hash, slotCount: 20);
    private static readonly ShardMap Empty = new(20, ["a", "b"], strategyId: Directory.Id);
    private static readonly ShardMap Map = Empty.AddEntry("acme", 16).OpenEntry("acme").AddEntry("globex", 17);

    private static string MapJson => Json.Replace("STRATEGY", Directory.Id, StringComparison.Ordinal);

    [Fact]
    public void A_new_tenant_gets_its_slot_by_the_map_of_all_routers()
    {
        ShardRouter<string, string> first = Router(Empty);
        ShardRouter<string, string> second = Router(Empty);
        ShardMap added = Empty.AddEntry("acme", 16);
        Assert.True(first.TryUpdate(added));
        Assert.Equal(("acme", 16), (Assert.Throws<ShardKeyClosedException>(() => first.Route("acme")).Key, Assert.Throws<ShardKeyClosedException>(() => first.Route("acme")).Slot));
        Assert.Throws<ShardKeyClosedException>(() => first.Group("x", "acme"));
        Assert.Equal(Hash.GetSlot("other"), first.Route("other").Slot);
        Assert.Equal(Hash.GetSlot("acme"), second.Route("acme").Slot); // has not heard yet, so the key has to wait
        Assert.True(second.TryUpdate(added));
        ShardMap open = added.OpenEntry("acme");
        Assert.All([first, second], router =>
        {
            Assert.True(router.TryUpdate(open));
            Assert.Equal((16, "b"), (router.Route("acme").Slot, router.Route("acme").Shard));
        });
        Assert.Equal(Directory.Id, open.StrategyId);
        Assert.Equal(16, Router(open).Route("acme").Slot);
    }

    [Fact]
    public async Task Every_way_of_routing_goes_by_the_entries()
    {
        ShardRouter<string, string> router = Router(Map);
        Assert.Equal("b", Assert.Single(router.Group("acme", "acme")).ShardId);
        Assert.Equal(16, await router.ExecuteAsync("acme", (route, _) => ValueTask.FromResult(route.Slot), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ShardKeyClosedException>(async () => await router.ExecuteAsync("globex", (route, _) => ValueTask.FromResult(route.Slot), TestContext.Current.CancellationToken));
        Assert.Equal(16, await router.ExecuteAsync(["acme", "acme"], (route, _) => ValueTask.FromResult(route.Slot), TestContext.Current.CancellationToken));
        var orders = new ShardRouter<(string Tenant, int Order), string>(new CoLocatedShardStrategy<(string Tenant, int Order), string>(order => order.Tenant, Directory), Map, id => id);
        Assert.Equal(16, orders.Route(("acme", 7)).Slot);
        Assert.Throws<ShardKeyClosedException>(() => orders.Route(("globex", 7)));
    }

    // The schedule: routers hear of the entry one after the other, and write meanwhile. Whoever opens it only once all have heard, and no row is where it was before, never has the key's rows in two slots.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_key_has_rows_in_two_slots_whatever_routers_hear_when(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 200; round++)
        {
            ShardMap[] versions = [Empty, Empty.AddEntry("acme", 16), Empty.AddEntry("acme", 16).OpenEntry("acme"), Empty.AddEntry("acme", 16).RemoveEntry("acme")];
            ShardRouter<string, string>[] routers = [.. Enumerable.Range(0, 3).Select(_ => Router(Empty))];
            var slots = new HashSet<int>();
            int published = 0;
            for (int step = 0; step < 40; step++)
            {
                ShardRouter<string, string> router = routers[random.Next(routers.Length)];
                if (random.Next(3) == 0)
                {
                    router.TryUpdate(versions[published]);
                }
                else if (published == 0 && random.Next(4) == 0)
                {
                    published = 1;
                }
                else if (published == 1 && Array.TrueForAll(routers, each => each.Map.Version == 2))
                {
                    published = slots.Count == 0 ? 2 : 3; // with rows it needs a move, and is given up
                }
                else
                {
                    try
                    {
                        slots.Add(router.Route("acme").Slot);
                    }
                    catch (ShardKeyClosedException)
                    {
                        Assert.Equal(1, (int)router.Map.Version - 1);
                    }
                }
            }

            Assert.True(slots.Count <= 1, $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void A_key_whose_entry_is_open_keeps_its_slot()
    {
        Assert.Contains("move", Assert.Throws<ArgumentException>("key", () => Map.AddEntry("acme", 17)).Message, StringComparison.Ordinal);
        Assert.Contains("move", Assert.Throws<InvalidOperationException>(() => Map.RemoveEntry("acme")).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Map.OpenEntry("acme"));
        Assert.Throws<ArgumentException>("key", () => Map.OpenEntry("none"));
        Assert.Throws<ArgumentException>("key", () => Map.RemoveEntry("none"));

        // Nor by a map that someone has made by hand.
        ShardRouter<string, string> router = Router(Map);
        Assert.All(["[\"acme\",18,1]", "[\"acme\",16,0]", "[\"acne\",16,1]"], entry =>
        {
            ShardMap other = JsonSerializer.Deserialize<ShardMap>(MapJson.Replace("[\"acme\",16,1]", entry, StringComparison.Ordinal).Replace("\"version\":4", "\"version\":9", StringComparison.Ordinal))!;
            Assert.Contains("move", Assert.Throws<ArgumentException>("map", () => router.TryUpdate(other)).Message, StringComparison.Ordinal);
        });
        Assert.Same(Map, router.Map);
        Assert.True(router.TryUpdate(Map.RemoveEntry("globex").AddEntry("globex", 18)));
        Assert.Equal(18, Assert.Throws<ShardKeyClosedException>(() => router.Route("globex")).Slot);
        Assert.False(router.TryUpdate(Empty)); // older: it need not know of entries that came later
    }

    [Fact]
    public async Task A_store_takes_no_map_that_gives_a_key_another_slot()
    {
        var store = new InMemoryShardMapStore();
        await store.TryReplaceAsync(Map, 0, TestContext.Current.CancellationToken);
        ShardMap other = Empty.AddEntry("acme", 18).OpenEntry("acme").AddEntry("a", 1).AddEntry("b", 1);
        await Assert.ThrowsAsync<ArgumentException>("map", async () => await store.TryReplaceAsync(other, Map.Version, TestContext.Current.CancellationToken));
        Assert.True(await store.TryReplaceAsync(Map.OpenEntry("globex"), Map.Version, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Entries_stay_when_slots_and_shards_change_and_a_diff_names_those_that_changed()
    {
        ShardMap changed = Map.AddShard("c").AddShard("d").Move([16], "c").SetState([3], SlotState.Moving).RemoveShard("d").AddEntry("a", 5).OpenEntry("globex");
        Assert.Equal([new("a", 5, false), new("acme", 16, true), new("globex", 17, true)], changed.Entries);
        Assert.Equal("c", Router(changed).Route("acme").Shard);
        Assert.Equal([new(null, new("a", 5, false)), new(new("globex", 17, false), new("globex", 17, true))], Map.DiffEntries(changed));
        Assert.Equal(["a", "globex"], Map.DiffEntries(changed).Select(change => change.Key));
        Assert.Equal([new(new("globex", 17, false), null)], Map.DiffEntries(Map.RemoveEntry("globex")));
        Assert.Empty(Map.DiffEntries(Map));
        Assert.Throws<ArgumentException>("newer", () => Map.DiffEntries(new ShardMap(20, ["a"], id: "other")));
    }

    [Fact]
    public void Both_forms_are_golden_and_read_back()
    {
        Assert.Equal(MapJson, JsonSerializer.Serialize(Map).Replace("\\u002B", "+", StringComparison.Ordinal)); // the writer's own way with a plus
        Assert.Equal(Map.Entries, JsonSerializer.Deserialize<ShardMap>(MapJson)!.Entries);
        string id = Convert.ToHexString(Encoding.UTF8.GetBytes(Directory.Id));
        Assert.Equal("020764656661756C74" + $"{Directory.Id.Length:X2}" + id + "041402" + "01610162" + "02" + "0461636D65" + "1001" + "06676C6F626578" + "1100" + "0A000100" + "0A010100", Convert.ToHexString(Map.ToBytes()));
        Assert.True(ShardMap.TryRead(Map.ToBytes(), out ShardMap? read));
        Assert.Equal(Map.Entries, read.Entries);
        Assert.Equal(1, Empty.ToBytes()[0]); // as before there were entries
    }

    [Fact]
    public void No_changed_byte_gives_another_form_of_a_map()
    {
        var random = new Random(3);
        byte[] bytes = Map.ToBytes();
        for (int round = 0; round < 2_000; round++)
        {
            byte[] changed = [.. bytes];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            Assert.True(!ShardMap.TryRead(changed, out ShardMap? other) || other.ToBytes().AsSpan().SequenceEqual(changed));
            Assert.False(ShardMap.TryRead(bytes.AsSpan(..random.Next(bytes.Length)), out _));
        }
    }

    [Theory]
    [InlineData("[\"acme\",16,1]", "[\"acme\",20,1]")]
    [InlineData("[\"acme\",16,1]", "[\"acme\",-1,1]")]
    [InlineData("[\"acme\",16,1]", "[\"acme\",16,2]")]
    [InlineData("[\"acme\",16,1]", "[\"acme\",16]")]
    [InlineData("[\"acme\",16,1]", "[\"acme\",16,1,1]")]
    [InlineData("[\"acme\",16,1]", "[7,16,1]")]
    [InlineData("[\"acme\",16,1]", "[\"globex\",16,1]")]
    [InlineData("[\"acme\",16,1]", "[\"z\",16,1]")]
    [InlineData("[\"acme\",16,1],[\"globex\",17,0]", "")]
    [InlineData("\"entries\"", "\"entry\"")]
    [InlineData("17,0]]", "17,0]],\"more\":1")]
    public void Json_that_is_no_map_is_refused(string part, string instead)
    {
        Assert.Contains(part, MapJson, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(MapJson.Replace(part, instead, StringComparison.Ordinal)));
    }

    [Fact]
    public void Entries_are_bounded()
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(MapJson.Replace("acme", new string('a', 1_025), StringComparison.Ordinal)));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(MapJson.Replace($"\"{Directory.Id}\"", "null", StringComparison.Ordinal)));
        Assert.Throws<ArgumentException>("key", () => Map.AddEntry(new string('a', 1_025), 1));
        Assert.Throws<ArgumentException>("key", () => Map.AddEntry("\udc00", 1));
        Assert.Throws<ArgumentNullException>("key", () => Map.AddEntry(null!, 1));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => Map.AddEntry("x", 20));
        Assert.Throws<InvalidOperationException>(() => new ShardMap(20, ["a"]).AddEntry("x", 1));
        string entries = string.Join(',', Enumerable.Range(0, ShardMap.MaxEntryCount).Select(i => $"[\"{i:D8}\",1,0]"));
        string full = MapJson.Replace("[\"acme\",16,1],[\"globex\",17,0]", entries, StringComparison.Ordinal);
        ShardMap most = JsonSerializer.Deserialize<ShardMap>(full)!;
        Assert.True(ShardMap.TryRead(most.ToBytes(), out ShardMap? read));
        Assert.Equal(ShardMap.MaxEntryCount, read.Entries.Count);
        Assert.Throws<InvalidOperationException>(() => most.AddEntry("x", 1));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(full.Replace(",1,0]]}", ",1,0],[\"x\",1,0]]}", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_strategy_takes_only_entries_of_keys_that_it_reads_in_one_way()
    {
        var hash = new HashShardStrategy<int>(16);
        var numbers = new DirectoryShardStrategy<int>("large", [new(42, 3)], hash);
        ShardMap map = new(16, ["a"], strategyId: numbers.Id);
        Assert.Equal("-7", numbers.FormatKey(-7));
        Assert.Equal(5, new ShardRouter<int, string>(numbers, map.AddEntry("-7", 5).OpenEntry("-7"), id => id).Route(-7).Slot);
        Assert.All(["007", "+7", " 7", "7 ", "", "x", "42", "99999999999"], key => Assert.Throws<ArgumentException>("map", () => new ShardRouter<int, string>(numbers, map.AddEntry(key, 5), id => id)));
        Assert.Throws<ArgumentException>("map", () => new ShardRouter<int, string>(hash, new ShardMap(16, ["a"], strategyId: hash.Id).AddEntry("7", 5), id => id));
        Assert.Throws<ArgumentException>("map", () => new ShardRouter<int, string>(new RangeShardStrategy<int>("x", [1]), new ShardMap(2, ["a"], strategyId: new RangeShardStrategy<int>("x", [1]).Id).AddEntry("7", 1), id => id));

        var halves = new DirectoryShardStrategy<double>("halves", [], new HashShardStrategy<double>(16, "bits", BitConverter.DoubleToUInt64Bits), formatKey: key => $"{key:R}");
        ShardMap half = new ShardMap(16, ["a"], strategyId: halves.Id).AddEntry("0.5", 5).OpenEntry("0.5");
        Assert.Contains("parseKey", Assert.Throws<ArgumentException>("map", () => new ShardRouter<double, string>(halves, half, id => id)).Message, StringComparison.Ordinal);
        var read = new DirectoryShardStrategy<double>("halves", [], new HashShardStrategy<double>(16, "bits", BitConverter.DoubleToUInt64Bits), formatKey: key => $"{key:R}", parseKey: double.Parse);
        Assert.Equal(5, new ShardRouter<double, string>(read, half, id => id).Route(0.5).Slot);
    }

    private static ShardRouter<string, string> Router(ShardMap map) => new(Directory, map, id => id);
}
