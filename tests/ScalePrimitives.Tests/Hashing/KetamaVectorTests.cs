using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>Rings and key hashes beside the output of the originals, row by row.</summary>
public class KetamaVectorTests
{
    private static readonly double[] Memories = [600, 300, 200, 350, 1000, 800, 950, 100];

    private static readonly Node[] Eight = Memories.Select((memory, i) => new Node($"10.0.1.{i + 1}:11211") { Weight = memory }).ToArray();

    /// <summary>Every pool with its servers (host:port*weight), what its rows are filtered by, and how many they are.</summary>
    public static TheoryData<string, string, string, KetamaFlavor, string, int> Pools => new()
    {
        { "ketama_libmemcached_runtime.csv", "config", "weighted_behavior_equal", KetamaFlavor.LibmemcachedWeighted, EqualFive, 180 },
        { "ketama_libmemcached_runtime.csv", "config", "weighted_behavior_1_2_3_4_10", KetamaFlavor.LibmemcachedWeighted, "10.0.1.1:11211*1 10.0.1.2:11211*2 10.0.1.3:11211*3 10.0.1.4:11212*4 10.0.1.5:11211*10", 180 },
        { "ketama_libmemcached_runtime.csv", "config", "ketama_behavior_md5_keys", KetamaFlavor.LibmemcachedMd5, EqualFive, 180 },
        { "ketama_libmemcached_runtime.csv", "config", "ketama_behavior_default_key_hash", KetamaFlavor.Libmemcached, EqualFive, 180 },
        { "ketama_spymemcached_table.csv", "test", "testLibKetamaCompatTwo", KetamaFlavor.Spymemcached, EqualEight, 1705 },
        { "ketama_spymemcached_table.csv", "test", "testLibKetamaCompatThree", KetamaFlavor.Spymemcached, EqualEight, 240 },
        { "ketama_nginx.csv", "upstream", "c2", KetamaFlavor.Nginx, "127.0.0.1:18081*1 127.0.0.1:18083*1", 150 },
        { "ketama_nginx.csv", "upstream", "c3", KetamaFlavor.Nginx, "127.0.0.1:18081*1 127.0.0.1:18082*1 127.0.0.1:18083*1", 150 },
        { "ketama_nginx.csv", "upstream", "cw", KetamaFlavor.Nginx, "127.0.0.1:18081*1 127.0.0.1:18082*3 127.0.0.1:18083*10", 150 },
        { "ketama_nginx.csv", "upstream", "c8", KetamaFlavor.Nginx, string.Join(' ', Enumerable.Range(18081, 8).Select(port => $"127.0.0.1:{port}*1")), 150 },
        { "ketama_uhashring.csv", "config", "ketama_equal_4", KetamaFlavor.Libketama, "node1*1 node2*1 node3*1 node4*1", 90 },
        { "ketama_uhashring.csv", "config", "ketama_weighted", KetamaFlavor.Libketama, "node1*1 node2*2 node3*5", 90 },
    };

    private static string EqualFive => "10.0.1.1:11211*1 10.0.1.2:11211*1 10.0.1.3:11211*1 10.0.1.4:11211*1 10.0.1.5:11212*1";

    private static string EqualEight => string.Join(' ', Enumerable.Range(1, 8).Select(i => $"10.0.1.{i}:11211*1"));

    [Theory]
    [MemberData(nameof(Pools))]
    public void Keys_are_on_the_servers_of_the_original(string file, string column, string pool, KetamaFlavor flavor, string servers, int rows)
    {
        HashRing<Node> ring = Ketama.CreateRing(Parse(servers), flavor);
        var vectors = Vectors.ReadCsv("hashing-vectors", file).Where(row => row[column] == pool).ToList();
        foreach (var row in vectors)
        {
            string server = row.TryGetValue("server", out string? found) ? found : row["node"];
            Assert.Equal(server, ring.GetNodeByHash(Ketama.KeyHash(row["key"], flavor)).Id);
        }

        Assert.Equal(rows, vectors.Count);
    }

    // The prefix goes over the wire, and yet is not hashed: unless the client is told to.
    [Theory]
    [InlineData("ketama", KetamaFlavor.Libmemcached, 1)]
    [InlineData("ketama_md5", KetamaFlavor.LibmemcachedMd5, 1)]
    [InlineData("ketama_weighted", KetamaFlavor.LibmemcachedWeighted, 2)]
    [InlineData("libketama_compatible", KetamaFlavor.LibmemcachedWeighted, 2)]
    public void Keys_are_hashed_without_the_prefix_that_the_client_puts_before_them(string config, KetamaFlavor flavor, int pools)
    {
        var rows = Vectors.ReadCsv("hashing-vectors", "ketama_prefix.csv").Where(row => row["config"] == config).ToList();
        int misledByTheWire = 0;
        foreach (var row in rows)
        {
            int[] weights = row["servers"] == "equal" ? [1, 1, 1, 1, 1] : [1, 2, 3, 4, 10];
            HashRing<Node> ring = Ketama.CreateRing(weights.Select((weight, i) => new Node($"127.0.0.1:{22111 + i}") { Weight = weight }), flavor);
            string onTheWire = row["prefix"] + row["key"];
            bool isHashed = row["hash_with_prefix"] == "yes";
            Assert.Equal(row["server"], ring.GetNodeByHash(Ketama.KeyHash(isHashed ? onTheWire : row["key"], flavor)).Id);
            misledByTheWire += !isHashed && row["server"] != ring.GetNodeByHash(Ketama.KeyHash(onTheWire, flavor)).Id ? 1 : 0;
        }

        Assert.Equal(pools * 2 * 59, rows.Count);
        Assert.True(misledByTheWire > pools * 59 / 2, "most keys would be looked for on a wrong server");
    }

    [Fact]
    public void Every_row_of_every_ketama_file_is_reached_but_those_named_here()
    {
        // 90 rows of uhashring's own ring; the first row of spymemcached's weighted test is its pair of servers, not a key.
        int covered = Pools.Sum(pool => pool.Data.Item6) + SpymemcachedWeightedRows().Count;
        string[] files = ["ketama_libmemcached_runtime.csv", "ketama_spymemcached_table.csv", "ketama_nginx.csv", "ketama_uhashring.csv"];
        Assert.Equal(covered + 90 + 1, files.Sum(file => Vectors.ReadCsv("hashing-vectors", file).Count));
        Assert.Equal(90, Vectors.ReadCsv("hashing-vectors", "ketama_uhashring.csv").Count(row => row["config"] == "default_equal_4"));
    }

    [Fact]
    public void Spymemcached_with_weights_and_the_labels_of_libmemcached_agrees_with_libmemcached()
    {
        // The test's servers are 127.0.0.1; their labels hold the name to which spymemcached resolves that.
        HashRing<Node> ring = Ketama.CreateRing(Parse("localhost:11211*8 localhost:11212*8"), KetamaFlavor.LibmemcachedWeighted);
        var rows = SpymemcachedWeightedRows();
        foreach (var row in rows)
        {
            Assert.Equal(row["server"].Replace("127.0.0.1", "localhost", StringComparison.Ordinal), ring.GetNodeByHash(Ketama.KeyHash(row["key"])).Id);
        }

        Assert.Equal(2, rows.Count);
    }

    [Theory]
    [InlineData("ketama_libmemcached_weighted.csv", KetamaFlavor.LibmemcachedWeighted)]
    [InlineData("ketama_libmemcached_spy.csv", KetamaFlavor.LibmemcachedSpy)]
    public void Key_hashes_points_and_servers_are_those_of_libmemcached(string file, KetamaFlavor flavor)
    {
        HashRing<Node> ring = Ketama.CreateRing(Eight, flavor);
        RingIndex index = IndexOf(Eight, flavor);
        var rows = Vectors.ReadCsv("hashing-vectors", file);
        foreach (var row in rows)
        {
            ulong hash = Ketama.KeyHash(row["key"], flavor);
            Assert.Equal(Number(row["key_hash"]) << 32, hash);
            Assert.Equal(row["host"] + ":11211", ring.GetNodeByHash(hash).Id);
            if (row.TryGetValue("point", out string? point))
            {
                Assert.Equal(Number(point) << 32, index.Points[index.Successor(hash)].Position);
            }
        }

        Assert.Equal(59, rows.Count);
    }

    [Fact]
    public void Key_hashes_points_and_servers_are_those_of_libketama()
    {
        HashRing<Node> ring = Ketama.CreateRing(Eight, KetamaFlavor.Libketama);
        RingIndex index = IndexOf(Eight, KetamaFlavor.Libketama);
        var rows = Vectors.ReadCsv("hashing-vectors", "ketama_libketama_1M_sample.csv");
        foreach (var row in rows)
        {
            ulong hash = Ketama.KeyHash(row["key"]);
            Assert.Equal(Number(row["key_hash"]) << 32, hash);
            Assert.Equal(Number(row["point"]) << 32, PointOf(index, hash));
            Assert.Equal(row["server"], ring.GetNodeByHash(hash).Id);
        }

        Assert.Equal(481, rows.Count);
    }

    [Fact]
    public void A_million_lines_have_the_digest_of_libketama()
    {
        JsonElement set = SmallSet("libketama 1M digest");
        Assert.Equal(Eight, set.GetProperty("servers").EnumerateArray().Select(Server));
        HashRing<Node> ring = Ketama.CreateRing(Eight, KetamaFlavor.Libketama);
        RingIndex index = IndexOf(Eight, KetamaFlavor.Libketama);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        digest.AppendData("\n"u8);
        Span<byte> key = stackalloc byte[16];
        Span<byte> line = stackalloc byte[64];
        for (int i = 0; i < 1_000_000; i++)
        {
            i.TryFormat(key, out int length, provider: CultureInfo.InvariantCulture);
            ulong hash = Ketama.KeyHash(key[..length]);
            Utf8.TryWrite(line, CultureInfo.InvariantCulture, $"{hash >> 32} {PointOf(index, hash) >> 32} {ring.GetNodeByHash(hash).Id}\n", out length);
            digest.AppendData(line[..length]);
        }

        Assert.Equal(set.GetProperty("md5").GetString(), Convert.ToHexStringLower(digest.GetHashAndReset()));
    }

    [Fact]
    public void The_small_example_of_libketama_comes_out()
    {
        JsonElement set = SmallSet("python_ketama");
        Node[] servers = set.GetProperty("servers").EnumerateArray().Select(Server).ToArray();
        RingIndex index = IndexOf(servers, KetamaFlavor.Libketama);
        ulong hash = Ketama.KeyHash("test"u8);
        JsonElement expected = set.GetProperty("get_server").GetProperty("test");
        Assert.Equal(set.GetProperty("hashi").GetProperty("test").GetUInt64() << 32, hash);
        Assert.Equal(expected[0].GetUInt64() << 32, PointOf(index, hash));
        Assert.Equal(expected[1].GetString(), Ketama.CreateRing(servers, KetamaFlavor.Libketama).GetNodeByHash(hash).Id);
        Assert.Equal(set.GetProperty("points").GetInt32(), index.Count);
    }

    [Fact]
    public void The_lookups_of_spymemcached_come_out()
    {
        JsonElement set = SmallSet("spymemcached testLookups");
        Node[] servers = set.GetProperty("servers").EnumerateArray().Select(id => new Node(id.GetString()!)).ToArray();
        HashRing<Node> ring = Ketama.CreateRing(servers, KetamaFlavor.Spymemcached);
        JsonProperty[] lookups = set.GetProperty("primary").EnumerateObject().Concat(set.GetProperty("wrap_to_first").EnumerateObject()).ToArray();
        Assert.All(lookups, lookup => Assert.Equal(servers[lookup.Value.GetInt32()], ring.GetNodeByHash(Ketama.KeyHash(lookup.Name))));
        Assert.Equal(6, lookups.Length);

        RingIndex index = IndexOf(servers, KetamaFlavor.Spymemcached);
        ulong last = set.GetProperty("max_point").GetUInt64() << 32;
        Assert.Equal(last, index.Points[index.Count - 1].Position);
        Assert.All(set.GetProperty("wrap_to_first").EnumerateObject(), lookup => Assert.True(Ketama.KeyHash(lookup.Name) > last, "The key lies past the last point."));
    }

    private static RingIndex IndexOf(Node[] servers, KetamaFlavor flavor) =>
        RingIndex.Of(new KetamaPlacement(flavor).Place(new NodeSet<Node>(servers), "nodes"));

    private static ulong PointOf(RingIndex index, ulong hash)
    {
        int point = index.Successor(hash);
        return index.Points[point < index.Count ? point : 0].Position;
    }

    private static List<IReadOnlyDictionary<string, string>> SpymemcachedWeightedRows() =>
        Vectors.ReadCsv("hashing-vectors", "ketama_spymemcached_table.csv")
            .Where(row => row["test"] == "testLibKetamaWeightedCompatLibmemcached" && row["key"] != "127.0.0.1:11211").ToList();

    private static JsonElement SmallSet(string name) =>
        Vectors.ReadJson("hashing-vectors", "ketama_small.json").EnumerateArray().Single(set => set.GetProperty("name").GetString() == name);

    private static Node Server(JsonElement server) => new(server[0].GetString()!) { Weight = server[1].GetDouble() };

    private static IEnumerable<Node> Parse(string servers) => servers.Split(' ').Select(server => server.Split('*'))
        .Select(parts => new Node(parts[0]) { Weight = double.Parse(parts[1], CultureInfo.InvariantCulture) });

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
