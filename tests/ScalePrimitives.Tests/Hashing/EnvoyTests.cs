using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class EnvoyTests
{
    [Theory]
    [InlineData("RingHash.Basic", EnvoyHashFunction.XxHash64)]
    [InlineData("RingHash.BasicWithMurmur2", EnvoyHashFunction.MurmurHash2)]
    public void Points_and_owners_are_those_of_Envoy(string name, EnvoyHashFunction function)
    {
        JsonElement set = Set(name);
        var options = new EnvoyRingOptions { MinimumSize = set.GetProperty("minimum_ring_size").GetInt32(), HashFunction = function };
        AssertRing(set, Envoy.CreateRing(Hosts(set), options), options);
    }

    [Fact]
    public void A_changed_set_of_hosts_has_the_ring_of_Envoy()
    {
        JsonElement set = Set("RingHash.UnevenHosts");
        JsonElement[] steps = set.GetProperty("steps").EnumerateArray().ToArray();
        var options = new EnvoyRingOptions { MinimumSize = set.GetProperty("minimum_ring_size").GetInt32() };
        HashRing<Node> first = Envoy.CreateRing(Hosts(steps[0]), options);
        AssertRing(steps[0], first, options);
        AssertRing(steps[1], first.Remove("127.0.0.1:80").Add(new Node("127.0.0.1:82")), options);
        Assert.Equal(2, steps.Length);
        Assert.Equal(3, Vectors.ReadJson("hashing-vectors", "envoy_ring.json").GetArrayLength());
    }

    [Fact]
    public void Replicas_are_the_hosts_of_Envoys_retries_as_long_as_these_are_distinct()
    {
        JsonElement set = Set("RingHash.Basic");
        JsonElement retries = set.GetProperty("retry_lookups_hash0");
        HashRing<Node> ring = Envoy.CreateRing(Hosts(set), new EnvoyRingOptions { MinimumSize = 12 });
        var nodes = new Node[3];
        ring.GetNodesByHash(0, nodes);
        Assert.Equal([94, retries.GetProperty("attempt_1_skip_94").GetInt32(), retries.GetProperty("attempt_2_all_rejected").GetInt32()], nodes.Select(Port));
    }

    [Theory]
    [InlineData(1, 1024, 8_388_608, 1024)] // one host of share 1 has them all
    [InlineData(3, 1024, 8_388_608, 1026)] // 342 each, the next whole number
    [InlineData(10, 1024, 8_388_608, 1030)]
    [InlineData(4, 1, 6, 4)]
    [InlineData(4, 6, 6, 6)]
    [InlineData(7, 1, 3, 3)] // fewer points than hosts
    public void The_size_is_the_minimum_rounded_up_to_whole_points_within_the_maximum(int hosts, int minimum, int maximum, int points)
    {
        var options = new EnvoyRingOptions { MinimumSize = minimum, MaximumSize = maximum };
        Node[] nodes = Enumerable.Range(0, hosts).Select(i => new Node($"10.0.0.{i}:80")).ToArray();
        Assert.Equal(points, Place(options, nodes).Count);

        int[] all = new int[hosts];
        Assert.Equal(hosts, Envoy.CreateRing(nodes, options).GetIndexes(1, all));
        Assert.Equal(Enumerable.Range(0, hosts), all.Order());
    }

    [Fact]
    public void Fractions_of_points_are_dealt_in_turn()
    {
        var options = new EnvoyRingOptions { MinimumSize = 6, MaximumSize = 6 };
        List<RingPoint> points = Place(options, Enumerable.Range(0, 4).Select(i => new Node($"h{i}")).ToArray());
        Assert.Equal([2, 1, 2, 1], points.GroupBy(point => point.Owner).OrderBy(group => group.Key).Select(group => group.Count()));
    }

    [Fact]
    public void Shares_of_points_follow_the_weights()
    {
        List<RingPoint> points = Place(new EnvoyRingOptions(), [new("a"), new("b") { Weight = 2 }, new("c") { Weight = 0.5 }]);
        Assert.Equal([294, 588, 147], points.GroupBy(point => point.Owner).OrderBy(group => group.Key).Select(group => group.Count()));
    }

    [Fact]
    public void Keys_hash_as_libxxhash_does()
    {
        var rows = Vectors.ReadCsv("hashing-vectors", "xxhash_strings.csv");
        foreach (var row in rows)
        {
            ulong expected = ulong.Parse(row["xxh64_seed0"], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            Assert.Equal(expected, Envoy.KeyHash(row["text"]));
            Assert.Equal(expected, Envoy.KeyHash(Encoding.UTF8.GetBytes(row["text"])));
        }

        Assert.Equal(67, rows.Count);
    }

    [Property]
    public bool Text_hashes_as_its_utf8_bytes(string? text, NonNegativeInt repeats)
    {
        string key = string.Concat(Enumerable.Repeat(text ?? "", repeats.Get));
        return Envoy.KeyHash(key) == Envoy.KeyHash(Encoding.UTF8.GetBytes(key)) && Envoy.KeyHash(key.AsSpan()) == Envoy.KeyHash(key);
    }

    [Theory]
    [InlineData(170)]
    [InlineData(171)]
    [InlineData(5000)]
    public void Text_of_three_byte_characters_hashes_as_its_utf8_bytes(int length)
    {
        string key = new('€', length);
        Assert.Equal(Envoy.KeyHash(Encoding.UTF8.GetBytes(key)), Envoy.KeyHash(key));
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        string longer = new('x', 500);
        Allocations.AssertNone(() => Envoy.KeyHash("user:42") ^ Envoy.KeyHash("user:42"u8) ^ Envoy.KeyHash(longer));
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        Assert.Throws<ArgumentNullException>("key", () => Envoy.KeyHash((string)null!));
        Assert.Throws<ArgumentOutOfRangeException>("MinimumSize", () => new EnvoyRingOptions { MinimumSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("MinimumSize", () => new EnvoyRingOptions { MinimumSize = 8_388_609 });
        Assert.Throws<ArgumentOutOfRangeException>("MaximumSize", () => new EnvoyRingOptions { MaximumSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("HashFunction", () => new EnvoyRingOptions { HashFunction = (EnvoyHashFunction)2 });
        Assert.Contains("MaximumSize", Assert.Throws<ArgumentException>("options", () => Envoy.CreateRing([new Node("a")], new EnvoyRingOptions { MaximumSize = 100 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("nodes", () => Envoy.CreateRing([new Node("a") { Weight = double.MaxValue }, new Node("b") { Weight = double.MaxValue }]));
    }

    private static void AssertRing(JsonElement set, HashRing<Node> ring, EnvoyRingOptions options)
    {
        (int Port, ulong Position)[] expected = set.GetProperty("ring").EnumerateArray().Select(point => (point[0].GetInt32(), point[1].GetUInt64())).ToArray();
        Assert.Equal(expected, Place(options, [.. ring.Nodes]).Select(point => (Port(ring.Nodes[point.Owner]), point.Position)));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Port, Port(ring.GetNodeByHash(expected[i].Position)));
            Assert.Equal(expected[(i + 1) % expected.Length].Port, Port(ring.GetNodeByHash(expected[i].Position + 1)));
        }

        foreach (JsonElement lookup in set.GetProperty("lookups").EnumerateArray())
        {
            Assert.Equal(lookup[1].GetInt32(), Port(ring.GetNodeByHash(lookup[0].GetUInt64())));
        }
    }

    private static List<RingPoint> Place(EnvoyRingOptions options, Node[] nodes) => new EnvoyRingPlacement(options).Place(new NodeSet<Node>(nodes), "nodes");

    private static JsonElement Set(string name) =>
        Vectors.ReadJson("hashing-vectors", "envoy_ring.json").EnumerateArray().Single(set => set.GetProperty("name").GetString() == name);

    private static IEnumerable<Node> Hosts(JsonElement set) => set.GetProperty("hosts").EnumerateArray().Select(host => new Node(host.GetString()!));

    private static int Port(Node node) => int.Parse(node.Id.AsSpan(node.Id.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
}
