using System.Text.Json;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public class ShardMapFormTests
{
    private const string Json = """{"id":"default","strategy":"xxh3-text/8","version":3,"slots":8,"shards":["a","b","c"],"runs":[[2,2,3,0],[2,0,1,0],[4,1,1,0]]}""";

    private static readonly ShardMap Map = new ShardMap(8, ["a", "b"], strategyId: "xxh3-text/8").AddShard("c").Move([0, 1], "c");

    [Fact]
    public void Both_forms_are_golden_and_read_back()
    {
        Assert.Equal(Json, JsonSerializer.Serialize(Map));
        AssertSame(Map, JsonSerializer.Deserialize<ShardMap>(Json)!);
        Assert.Equal("010764656661756C740B787868332D746578742F380308030161016201630202030002000100040101" + "00", Convert.ToHexString(Map.ToBytes()));
        Assert.True(ShardMap.TryRead(Map.ToBytes(), out ShardMap? read));
        AssertSame(Map, read);
        var unbound = new ShardMap(1, ["é"], id: "x");
        Assert.True(ShardMap.TryRead(unbound.ToBytes(), out read));
        AssertSame(unbound, read);
        AssertSame(unbound, JsonSerializer.Deserialize<ShardMap>(JsonSerializer.Serialize(unbound))!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_map_is_read_back_and_no_changed_byte_gives_another_form_of_it(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 100; round++)
        {
            ShardMap map = AnyMap(random);
            byte[] bytes = map.ToBytes();
            Assert.True(ShardMap.TryRead(bytes, out ShardMap? read));
            AssertSame(map, read);
            AssertSame(map, JsonSerializer.Deserialize<ShardMap>(JsonSerializer.Serialize(map))!);
            byte[] changed = [.. bytes];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            Assert.True(!ShardMap.TryRead(changed, out ShardMap? other) || other.ToBytes().AsSpan().SequenceEqual(changed));
            Assert.False(ShardMap.TryRead(bytes.AsSpan(..random.Next(bytes.Length)), out _));
            Assert.False(ShardMap.TryRead([.. bytes, 0], out _));
        }
    }

    [Theory]
    [InlineData("\"id\":\"default\"", "\"id\":\"\"")]
    [InlineData("\"strategy\":\"xxh3-text/8\"", "\"strategy\":\"\"")]
    [InlineData("\"strategy\"", "\"strategies\"")]
    [InlineData("\"version\":3", "\"version\":0")]
    [InlineData("\"version\":3", "\"version\":2")]
    [InlineData("\"version\":3", "\"version\":3.5")]
    [InlineData("\"slots\":8", "\"slots\":9")]
    [InlineData("\"slots\":8", "\"slots\":7")]
    [InlineData("\"slots\":8", "\"slots\":1048577")]
    [InlineData("[\"a\",\"b\",\"c\"]", "[\"b\",\"a\",\"c\"]")]
    [InlineData("[\"a\",\"b\",\"c\"]", "[\"a\",\"a\",\"c\"]")]
    [InlineData("[\"a\",\"b\",\"c\"]", "[\"a\",\"b\"]")]
    [InlineData("[4,1,1,0]", "[2,1,1,0],[2,1,1,0]")]
    [InlineData("[4,1,1,0]", "[4,1,0,0]")]
    [InlineData("[4,1,1,0]", "[4,-1,1,0]")]
    [InlineData("[4,1,1,0]", "[4,1,1,0,0]")]
    [InlineData("[4,1,1,0]", "[4,1,1]")]
    [InlineData("[4,1,1,0]", "[4,1,1,2]")]
    [InlineData("[4,1,1,0]]", "[4,1,1,0]],\"more\":1")]
    public void Json_that_is_no_map_is_refused(string part, string instead)
    {
        Assert.Contains(part, Json, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(Json.Replace(part, instead, StringComparison.Ordinal)));
    }

    [Fact]
    public void An_id_that_could_not_be_read_back_is_not_written()
    {
        Assert.ThrowsAny<ArgumentException>(() => new ShardMap(1, ["\ud800"]).ToBytes());
        Assert.Throws<ArgumentException>(() => new ShardMap(1, [new string('x', 1_025)]).ToBytes());
        Assert.True(ShardMap.TryRead(new ShardMap(1, [new string('x', 1_024)]).ToBytes(), out _));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 53)]
    public void A_version_after_which_none_can_follow_is_not_read(long version)
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(Json.Replace("\"version\":3", $"\"version\":{version}", StringComparison.Ordinal)));
        var last = JsonSerializer.Deserialize<ShardMap>(Json.Replace("\"version\":3", $"\"version\":{(1L << 53) - 2}", StringComparison.Ordinal))!;
        Assert.True(ShardMap.TryRead(last.AddShard("d").ToBytes(), out ShardMap? next));
        Assert.Equal((1L << 53) - 1, next.Version);
        Assert.Throws<InvalidOperationException>(() => next.AddShard("e"));
    }

    [Fact]
    public void Ids_that_no_store_could_keep_are_not_taken()
    {
        string longest = new('ä', 512);
        string tooLong = longest + "x";
        Assert.Equal(longest, new ShardMap(2, ["a"], longest, longest).AddShard(longest).Id);
        Assert.Throws<ArgumentException>("shardIds", () => new ShardMap(1, [tooLong]));
        Assert.Throws<ArgumentException>("id", () => new ShardMap(1, ["a"], tooLong));
        Assert.Throws<ArgumentException>("strategyId", () => new ShardMap(1, ["a"], strategyId: tooLong));
        Assert.Throws<ArgumentException>("shardId", () => Map.AddShard(tooLong));
        Assert.Throws<ArgumentException>("shardId", () => Map.AddShard("\ud800"));
        Assert.Throws<ArgumentException>("shardId", () => Map.AddShard("d\0"));
        Assert.Throws<ArgumentException>("id", () => new ShardMap(1, ["a"], "\0"));
        Assert.Throws<ArgumentException>("strategyId", () => new ShardMap(1, ["a"], strategyId: "x\0y"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(Json.Replace("\"c\"", "\"c\\u0000\"", StringComparison.Ordinal)));
        Assert.All(["\"default\"", "\"xxh3-text/8\"", "\"c\""], id => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ShardMap>(Json.Replace(id, $"\"{tooLong}\"", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_diff_is_what_has_moved()
    {
        ShardMap newer = Map.Move([4], "c").Move([5, 7], "a").AddShard("d");
        SlotMove[] moves = [.. Map.Diff(newer)];
        Assert.Equal([("b", "a", "5,7"), ("b", "c", "4")], moves.Select(move => (move.From, move.To, string.Join(',', move.Slots))));
        Assert.Empty(Map.Diff(Map));
        Assert.Equal(("a", "b", "5,7"), newer.Diff(Map).Where(move => move.From == "a").Select(move => (move.From, move.To, string.Join(',', move.Slots))).Single());
        Assert.Throws<ArgumentException>("newer", () => Map.Diff(new ShardMap(9, ["a"])));
        Assert.Throws<ArgumentException>("newer", () => Map.Diff(new ShardMap(8, ["a"], id: "other")));
        Assert.Throws<ArgumentNullException>("newer", () => Map.Diff(null!));
    }

    private static ShardMap AnyMap(Random random)
    {
        int slots = random.Next(4, 300);
        ShardMap map = new(slots, ["s1", "s2", "s3"], strategyId: random.Next(2) == 0 ? null : "x");
        for (int i = random.Next(6); i > 0; i--)
        {
            map = map.Move([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(slots)).Distinct()], $"s{random.Next(1, 4)}").SetState([random.Next(slots)], (SlotState)random.Next(2));
        }

        return map;
    }

    private static void AssertSame(ShardMap expected, ShardMap actual)
    {
        Assert.Equal((expected.Id, expected.StrategyId, expected.Version, expected.SlotCount), (actual.Id, actual.StrategyId, actual.Version, actual.SlotCount));
        Assert.Equal(expected.ShardIds, actual.ShardIds);
        Assert.All(Enumerable.Range(0, expected.SlotCount), slot => Assert.Equal((expected.GetShardId(slot), expected.GetEpoch(slot), expected.GetState(slot)), (actual.GetShardId(slot), actual.GetEpoch(slot), actual.GetState(slot))));
    }
}
