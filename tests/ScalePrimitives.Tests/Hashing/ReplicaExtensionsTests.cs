using System.Globalization;
using System.Text.Json;
using FsCheck;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>Replicas across zones, and nodes that are down.</summary>
public class ReplicaExtensionsTests
{
    private static readonly Func<Node, bool> OddIsUp = node => node.Id[^1] % 2 == 1;

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Zones_come_first_in_order_of_preference_then_the_rest(NodeSample sample, DoNotSize<ulong> key, byte wanted)
    {
        var hash = new RendezvousHash<Node>(sample.Nodes);
        int[] preferred = new int[sample.Nodes.Length];
        hash.GetIndexes(key.Item, preferred);
        int[] ofZones = preferred.DistinctBy(index => hash.Nodes[index].Zone ?? $"none-{index}", StringComparer.Ordinal).ToArray();
        int[] found = new int[wanted];
        int count = hash.GetIndexesAcrossZones(key.Item, found);
        return found.Take(count).SequenceEqual(ofZones.Concat(preferred.Except(ofZones)).Take(wanted));
    }

    [Fact]
    public void Zones_are_found_however_far_down_the_order_they_are()
    {
        // 200 nodes of one zone, two of another: seldom among the first sixteen, always among the first two across zones.
        var nodes = Enumerable.Range(0, 200).Select(i => new Node($"eu-{i}") { Zone = "eu" }).Concat([new("us-0") { Zone = "us" }, new("us-1") { Zone = "us" }]);
        var table = new SlotTable<Node>(nodes);
        Node[] three = new Node[3];
        for (int key = 0; key < 100; key++)
        {
            Assert.Equal(3, table.GetNodesAcrossZones(key, three));
            Assert.Same(table.GetNode(key), three[0]);
            Assert.Equal(["eu", "us"], three[..2].Select(node => node.Zone).Order(StringComparer.Ordinal));
            Assert.Equal(3, three.Distinct().Count());
        }
    }

    [Fact]
    public void Every_key_type_is_spread_by_its_key_hash()
    {
        var table = new SlotTable<Node>(Enumerable.Range(0, 50).Select(i => new Node($"n{i}") { Zone = $"z{i % 3}" }));
        var guid = Guid.Parse("c232ab00-9414-11ec-b3c8-9f6bdeced846");
        Check(KeyHash.Of("user:42"), nodes => table.GetNodesAcrossZones("user:42", nodes));
        Check(KeyHash.Of("user:42"), nodes => table.GetNodesAcrossZones("user:42".AsSpan(), nodes));
        Check(KeyHash.Of("user:42"), nodes => table.GetNodesAcrossZones("user:42"u8, nodes));
        Check(KeyHash.Of(42), nodes => table.GetNodesAcrossZones(42, nodes));
        Check(KeyHash.Of(42), nodes => table.GetNodesAcrossZones(42L, nodes));
        Check(KeyHash.Of(42), nodes => table.GetNodesAcrossZones(42UL, nodes));
        Check(KeyHash.Of(guid), nodes => table.GetNodesAcrossZones(guid, nodes));

        void Check(ulong keyHash, Func<Node[], int> get)
        {
            Node[] expected = new Node[5];
            Node[] actual = new Node[5];
            Assert.Equal(5, table.GetNodesAcrossZonesByHash(keyHash, expected));
            Assert.Equal(5, get(actual));
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Replicas_of_a_simple_strategy_are_those_of_cassandra()
    {
        JsonElement vector = ReadCassandra("SimpleStrategy");
        var ring = new TokenRing(Points(vector), _ => null);
        int rows = 0;
        foreach (JsonProperty factor in vector.GetProperty("rf").EnumerateObject())
        {
            foreach (JsonProperty token in factor.Value.EnumerateObject())
            {
                Node[] found = new Node[int.Parse(factor.Name, CultureInfo.InvariantCulture)];
                Assert.Equal(found.Length, ring.GetNodesAcrossZonesByHash(ulong.Parse(token.Name, CultureInfo.InvariantCulture), found));
                Assert.Equal(token.Value.EnumerateArray().Select(id => id.GetString()!), found.Select(node => node.Id));
                rows++;
            }
        }

        Assert.Equal(9, rows);
    }

    [Fact]
    public void Replicas_of_a_network_topology_strategy_are_those_of_cassandra()
    {
        // Cassandra places a number of replicas in each data centre, spread over its racks: one call for each, over its own nodes.
        JsonElement vector = ReadCassandra("NetworkTopologyStrategy");
        JsonElement racks = vector.GetProperty("racks");
        int rows = 0;
        foreach (JsonProperty token in vector.GetProperty("expect_set").EnumerateObject())
        {
            var found = new List<string>();
            foreach (JsonProperty centre in vector.GetProperty("replication").EnumerateObject())
            {
                var ring = new TokenRing(Points(vector).Where(point => point.Id.StartsWith(centre.Name, StringComparison.Ordinal)), id => racks.GetProperty(id).GetString());
                Node[] replicas = new Node[centre.Value.GetInt32()];
                Assert.Equal(replicas.Length, ring.GetNodesAcrossZonesByHash(ulong.Parse(token.Name, CultureInfo.InvariantCulture), replicas));
                found.AddRange(replicas.Select(node => node.Id));
            }

            Assert.Equal(token.Value.EnumerateArray().Select(id => id.GetString()!).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
            rows++;
        }

        Assert.Equal(1, rows);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Keys_of_nodes_that_are_up_stay_and_those_of_the_others_go_to_their_next_choice(NodeSample sample, DoNotSize<ulong> key)
    {
        var hash = new RendezvousHash<Node>(sample.Nodes);
        Node[] preferred = new Node[sample.Nodes.Length];
        hash.GetNodesByHash(key.Item, preferred);
        Node? expected = preferred.FirstOrDefault(OddIsUp);
        return hash.TryGetNodeByHash(key.Item, OddIsUp, out Node? found) == (expected is not null) && found == expected;
    }

    [Fact]
    public void The_last_node_that_is_up_is_found_and_none_when_all_are_down()
    {
        var ring = new HashRing<Node>(Enumerable.Range(0, 100).Select(i => new Node($"n{i}")));
        var asked = new List<string>();
        Assert.True(ring.TryGetNode("key", node => { asked.Add(node.Id); return asked.Count == 100; }, out Node? last));
        Node[] preferred = new Node[100];
        ring.GetNodes("key", preferred);
        Assert.Same(preferred[99], last);
        Assert.Equal(preferred.Select(node => node.Id), asked); // each is asked once, in order
        Assert.False(ring.TryGetNode("key", _ => false, out Node? none));
        Assert.Null(none);
        Assert.False(new HashRing<Node>([]).TryGetNode("key", _ => true, out none));
    }

    [Fact]
    public void Every_key_type_skips_by_its_key_hash()
    {
        var table = new SlotTable<Node>(Enumerable.Range(0, 50).Select(i => new Node($"n{i}")));
        var guid = Guid.Parse("c232ab00-9414-11ec-b3c8-9f6bdeced846");
        Node? node;
        Assert.True(table.TryGetNode("user:42", OddIsUp, out node) && node == Expected(KeyHash.Of("user:42")));
        Assert.True(table.TryGetNode("user:42".AsSpan(), OddIsUp, out node) && node == Expected(KeyHash.Of("user:42")));
        Assert.True(table.TryGetNode("user:42"u8, OddIsUp, out node) && node == Expected(KeyHash.Of("user:42")));
        Assert.True(table.TryGetNode(42, OddIsUp, out node) && node == Expected(KeyHash.Of(42)));
        Assert.True(table.TryGetNode(42L, OddIsUp, out node) && node == Expected(KeyHash.Of(42)));
        Assert.True(table.TryGetNode(42UL, OddIsUp, out node) && node == Expected(KeyHash.Of(42)));
        Assert.True(table.TryGetNode(guid, OddIsUp, out node) && node == Expected(KeyHash.Of(guid)));

        Node? Expected(ulong keyHash) => table.TryGetNodeByHash(keyHash, OddIsUp, out Node? found) ? found : null;
    }

    [Fact]
    public void Neither_allocates()
    {
        var table = new SlotTable<Node>(Enumerable.Range(0, 100).Select(i => new Node($"n{i}") { Zone = i == 0 ? "rare" : $"z{i % 2}" }));
        var replicas = new Node[3];
        ulong key = 0;
        Allocations.AssertNone(() =>
        {
            key++;
            table.TryGetNode(key, OddIsUp, out Node? up);
            table.TryGetNode(key, static node => node.Id == "n0", out Node? far);
            return (ulong)(table.GetNodesAcrossZones(key, replicas) + up!.Id.Length + far!.Id.Length);
        });
    }

    [Fact]
    public void Null_arguments_are_refused_by_name()
    {
        IConsistentHash<Node> none = null!;
        var table = new SlotTable<Node>([new("a")]);
        Assert.Throws<ArgumentNullException>("hash", () => none.GetIndexesAcrossZones(1, new int[1]));
        Assert.Throws<ArgumentNullException>("hash", () => none.GetNodesAcrossZones("key", new Node[1]));
        Assert.Throws<ArgumentNullException>("key", () => table.GetNodesAcrossZones((string)null!, new Node[1]));
        Assert.Throws<ArgumentNullException>("isUp", () => table.TryGetNode("key", null!, out _));
        Assert.Throws<ArgumentNullException>("hash", () => none.TryGetNode("key", OddIsUp, out _));
        Assert.Throws<InvalidOperationException>(() => new SlotTable<Node>([]).GetIndexesAcrossZones(1, new int[1]));
        Assert.Equal(0, table.GetIndexesAcrossZones(1, []));
    }

    private static JsonElement ReadCassandra(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Vectors.PathOf("hashing-vectors", "cassandra_tokens_replicas.json")));
        return document.RootElement.EnumerateArray().Single(vector => vector.GetProperty("name").GetString() == name).Clone();
    }

    private static IEnumerable<(ulong Token, string Id)> Points(JsonElement vector) =>
        vector.GetProperty("ring").EnumerateArray().Select(point => (point[0].GetUInt64(), point[1].GetString()!));

    /// <summary>A ring of given tokens: a key belongs to the first token at or after its hash, replicas go on from there.</summary>
    private sealed class TokenRing : IConsistentHash<Node>
    {
        private readonly (ulong Token, int Index)[] _points;
        private readonly Node[] _nodes;

        public TokenRing(IEnumerable<(ulong Token, string Id)> points, Func<string, string?> zoneOf)
        {
            (ulong Token, string Id)[] ordered = points.OrderBy(point => point.Token).ToArray();
            _nodes = ordered.Select(point => point.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(id => new Node(id) { Zone = zoneOf(id) }).ToArray();
            _points = ordered.Select(point => (point.Token, Array.FindIndex(_nodes, node => node.Id == point.Id))).ToArray();
        }

        public IReadOnlyList<Node> Nodes => _nodes;

        public int GetIndex(ulong keyHash) => Walk(keyHash).First();

        public int GetIndexes(ulong keyHash, Span<int> destination)
        {
            int[] found = Walk(keyHash).Distinct().Take(destination.Length).ToArray();
            found.CopyTo(destination);
            return found.Length;
        }

        private IEnumerable<int> Walk(ulong keyHash) =>
            _points.Where(point => point.Token >= keyHash).Concat(_points.Where(point => point.Token < keyHash)).Select(point => point.Index);
    }
}
