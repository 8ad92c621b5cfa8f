using System.Text;
using FsCheck;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class KetamaTests
{
    public static TheoryData<KetamaFlavor> Flavors => new(Enum.GetValues<KetamaFlavor>());

    [Fact]
    public void Key_hashes_stand_in_the_high_half()
    {
        Assert.Equal(0xcd6b_8f09_0000_0000UL, Ketama.KeyHash("test"));
        Assert.Equal(0xcd6b_8f09_0000_0000UL, Ketama.KeyHash("test"u8, KetamaFlavor.Spymemcached));
        Assert.Equal(0xd87f_7e0c_0000_0000UL, Ketama.KeyHash("test", KetamaFlavor.Nginx));
        Assert.Equal(0xca2e_9442_0000_0000UL, Ketama.KeyHash("a", KetamaFlavor.Libmemcached));
    }

    [Property]
    public bool Text_hashes_as_its_utf8_bytes(string? text, NonNegativeInt repeats)
    {
        // Repeated, so that lengths on both sides of the stack buffer come up.
        string key = string.Concat(Enumerable.Repeat(text ?? "", repeats.Get));
        byte[] utf8 = Encoding.UTF8.GetBytes(key);
        return Enum.GetValues<KetamaFlavor>().All(flavor => Ketama.KeyHash(key, flavor) == Ketama.KeyHash(utf8, flavor) && Ketama.KeyHash(key.AsSpan(), flavor) == Ketama.KeyHash(utf8, flavor));
    }

    [Theory]
    [InlineData(170)]
    [InlineData(171)]
    [InlineData(5000)]
    public void Text_of_three_byte_characters_hashes_as_its_utf8_bytes(int length)
    {
        string key = new('€', length);
        Assert.Equal(Ketama.KeyHash(Encoding.UTF8.GetBytes(key)), Ketama.KeyHash(key));
    }

    [Theory]
    [MemberData(nameof(Flavors))]
    public void Hashing_allocates_nothing(KetamaFlavor flavor) =>
        Allocations.AssertNone(() => Ketama.KeyHash("user:42", flavor) ^ Ketama.KeyHash("user:42"u8, flavor));

    [Theory]
    [MemberData(nameof(Flavors))]
    public void Step_by_step_changes_equal_a_rebuild(KetamaFlavor flavor)
    {
        Node[] nodes = Enumerable.Range(1, 12).Select(i => new Node($"10.0.0.{i}:11211") { Weight = i }).ToArray();
        HashRing<Node> ring = Ketama.CreateRing([new Node("leaver:1") { Weight = 3 }], flavor);
        foreach (Node node in nodes)
        {
            ring = ring.Add(node with { Weight = 9 }).Replace(node);
        }

        ring = ring.Remove("leaver:1");
        HashRing<Node> rebuilt = Ketama.CreateRing(nodes, flavor);
        Assert.Empty(HashRing<Node>.Diff(rebuilt, ring).Moves);
        Assert.Equal(rebuilt.Ownership, ring.Ownership);
    }

    [Fact]
    public void A_joining_server_changes_the_points_of_the_others_where_shares_are_rounded()
    {
        // Beside one server of weight 3, a server of weight 1 has floor(20.0) digests; beside two, floor(17.1). Its arcs go to both.
        var before = Ketama.CreateRing([new Node("a:1"), new Node("b:1") { Weight = 3 }], KetamaFlavor.Libketama);
        HashRing<Node> after = before.Add(new Node("c:1") { Weight = 3 });
        Assert.Contains(HashRing<Node>.Diff(before, after).Moves, move => move.To!.Id == "b:1");
        Assert.Empty(HashRing<Node>.Diff(after, Ketama.CreateRing(after.Nodes, KetamaFlavor.Libketama)).Moves);
    }

    [Fact]
    public void Equal_servers_have_as_many_digests_as_the_originals_floats_give_them()
    {
        // Printed by the C expressions of both libraries, compiled by GCC 12 for x86-64. In exact arithmetic it would be 40 for all.
        Assert.Equal([61, 122, 237, 244, 474, 488, 933, 948, 951, 953, 976], Below40(1000, KetamaPlacement.LibketamaDigests));
        Assert.Equal([25, 47, 50, 55, 61, 71, 94, 100, 107, 109, 110, 115, 122, 142, 159, 163, 188, 193, 200, 209, 214, 218, 219, 220, 230, 237, 243, 244, 279, 284, 293, 299], Below40(300, KetamaPlacement.LibmemcachedDigests));

        static IEnumerable<int> Below40(int end, Func<double, double, int, int> digests) => Enumerable.Range(1, end - 1).Where(servers =>
        {
            int count = digests(1, servers, servers);
            Assert.InRange(count, 39, 40);
            return count == 39;
        });
    }

    [Theory]
    [InlineData(KetamaFlavor.Libketama)]
    [InlineData(KetamaFlavor.LibmemcachedWeighted)]
    [InlineData(KetamaFlavor.LibmemcachedSpy)]
    public void A_server_without_points_owns_nothing_and_is_the_last_choice(KetamaFlavor flavor)
    {
        var ring = Ketama.CreateRing([new Node("a:1"), new Node("b:1") { Weight = 1000 }, new Node("c:1"), new Node("d:1") { Weight = 1000 }], flavor);
        Assert.Equal([0, 2], ring.Ownership.Index().Where(share => share.Item == 0).Select(share => share.Index));
        for (ulong key = 0; key < 100; key++)
        {
            int[] all = new int[4];
            Assert.Equal(4, ring.GetIndexes(KeyHash.Of(key), all));
            Assert.Equal([1, 3], all[..2].Order());
            Assert.Equal([0, 2], all[2..]);
            Assert.Equal(3, ring.GetIndexes(KeyHash.Of(key), new int[3]));
        }
    }

    [Theory]
    [InlineData(KetamaFlavor.Nginx, true)]
    [InlineData(KetamaFlavor.Spymemcached, false)]
    public void A_point_that_two_servers_claim_goes_to_the_one_that_the_original_gives_it(KetamaFlavor flavor, bool toTheFirst)
    {
        // So many servers that some of their 32-bit points coincide.
        Node[] nodes = Enumerable.Range(0, 1000).Select(i => new Node($"10.0.{i / 256}.{i % 256}:11211")).ToArray();
        HashRing<Node> ring = Ketama.CreateRing(nodes, flavor);
        var claims = nodes.SelectMany(node => new KetamaPlacement(flavor).Place(new NodeSet<Node>([node]), "nodes").Select(point => (point.Position, node.Id)))
            .GroupBy(point => point.Position)
            .Select(claim => (Position: claim.Key, Ids: claim.Select(point => point.Id).Order(StringComparer.Ordinal).ToArray()))
            .OrderBy(claim => claim.Position).ToArray();
        int ties = 0;
        for (int i = 0; i < claims.Length - 1; i++)
        {
            if (claims[i].Ids.Length > 1)
            {
                ties++;
                var nearest = new Node[2];
                ring.GetNodesByHash(claims[i].Position, nearest);
                Assert.Equal(Winner(claims[i].Ids), nearest[0].Id);
                if (Winner(claims[i + 1].Ids) != nearest[0].Id)
                {
                    Assert.Equal(Winner(claims[i + 1].Ids), nearest[1].Id); // the next point, not the other claimant
                }
            }
        }

        Assert.InRange(ties, 1, 50);

        string Winner(string[] ids) => toTheFirst ? ids[0] : ids[^1];
    }

    [Fact]
    public void Libmemcached_leaves_out_the_port_of_memcached_only()
    {
        Assert.Equal(Points("10.0.0.1", KetamaFlavor.LibmemcachedWeighted), Points("10.0.0.1:11211", KetamaFlavor.LibmemcachedWeighted));
        Assert.NotEqual(Points("10.0.0.1", KetamaFlavor.LibmemcachedWeighted), Points("10.0.0.1:11212", KetamaFlavor.LibmemcachedWeighted));
        Assert.NotEqual(Points("10.0.0.1", KetamaFlavor.Libketama), Points("10.0.0.1:11211", KetamaFlavor.Libketama));
    }

    [Theory]
    [InlineData("host:80", "host\0" + "80")]
    [InlineData("host", "host\0")]
    [InlineData("host:name", "host:name\0")]
    [InlineData("[::1]:80", "[::1]\0" + "80")]
    [InlineData("[::1]", "[::1]\0")]
    [InlineData("host:", "host\0")]
    [InlineData("unix:/tmp/a:1", "/tmp/a:1\0")]
    [InlineData("UNIX:/tmp/a", "/tmp/a\0")]
    public void Nginx_splits_host_and_port(string id, string label)
    {
        byte[] first = [.. Encoding.UTF8.GetBytes(label), 0, 0, 0, 0];
        Assert.Contains((ulong)System.IO.Hashing.Crc32.HashToUInt32(first) << 32, Points(id, KetamaFlavor.Nginx));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.5)]
    [InlineData(4_294_967_296.0)]
    public void Weights_are_whole_numbers_where_they_count(double weight)
    {
        Node[] nodes = [new("a:1"), new("b:1") { Weight = weight }];
        foreach (KetamaFlavor flavor in new[] { KetamaFlavor.Libketama, KetamaFlavor.LibmemcachedWeighted, KetamaFlavor.LibmemcachedSpy, KetamaFlavor.Nginx })
        {
            Assert.Contains("'b:1'", Assert.Throws<ArgumentOutOfRangeException>("nodes", () => Ketama.CreateRing(nodes, flavor)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>("node", () => Ketama.CreateRing(nodes[..1], flavor).Add(nodes[1]));
        }

        foreach (KetamaFlavor flavor in new[] { KetamaFlavor.Libmemcached, KetamaFlavor.LibmemcachedMd5, KetamaFlavor.Spymemcached })
        {
            Assert.Empty(HashRing<Node>.Diff(Ketama.CreateRing(nodes, flavor), Ketama.CreateRing(nodes.Select(node => node with { Weight = 1 }), flavor)).Moves);
        }
    }

    [Fact]
    public void A_heavier_server_of_nginx_only_gains()
    {
        var before = Ketama.CreateRing(Enumerable.Range(1, 5).Select(i => new Node($"10.0.0.{i}:80") { Weight = i }), KetamaFlavor.Nginx);
        HashRing<Node> after = before.Replace(before.Nodes[1] with { Weight = 4 });
        Assert.All(HashRing<Node>.Diff(before, after).Moves, move => Assert.Equal("10.0.0.2:80", move.To!.Id));
        Assert.InRange(after.Ownership[1], 4 / 17.0 * 0.8, 4 / 17.0 * 1.2);
    }

    [Fact]
    public void Weights_that_ask_nginx_for_too_many_points_are_refused() =>
        Assert.Contains("134217728", Assert.Throws<ArgumentException>("nodes", () => Ketama.CreateRing([new Node("a:1") { Weight = 900_000 }], KetamaFlavor.Nginx)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        const KetamaFlavor Unknown = (KetamaFlavor)7;
        Assert.Throws<ArgumentOutOfRangeException>("flavor", () => Ketama.CreateRing([new Node("a:1")], Unknown));
        Assert.Throws<ArgumentOutOfRangeException>("flavor", () => Ketama.KeyHash("key", Unknown));
        Assert.Throws<ArgumentOutOfRangeException>("flavor", () => Ketama.KeyHash("key"u8, (KetamaFlavor)(-1)));
        Assert.Throws<ArgumentNullException>("key", () => Ketama.KeyHash((string)null!));
    }

    [Fact]
    public void The_weight_of_a_node_is_read_once_when_it_joins()
    {
        var moody = new Moody("b:1") { Weight = 2 };
        HashRing<Moody> before = Ketama.CreateRing([new Moody("a:1"), moody], KetamaFlavor.Libketama);
        moody.Weight = 1000;
        HashRing<Moody> after = before.Add(new Moody("c:1")).Remove("c:1");
        Assert.Empty(HashRing<Moody>.Diff(before, after).Moves);
        Assert.NotEmpty(HashRing<Moody>.Diff(before, after.Replace(moody)).Moves);
    }

    private static ulong[] Points(string id, KetamaFlavor flavor) =>
        new KetamaPlacement(flavor).Place(new NodeSet<Node>([new(id)]), "nodes").Select(point => point.Position).ToArray();

    private sealed class Moody(string id) : INode
    {
        public string Id => id;

        public double Weight { get; set; } = 1;
    }
}
