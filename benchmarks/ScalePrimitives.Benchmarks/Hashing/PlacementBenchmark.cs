using Akka.Routing;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Proto.Cluster;
using Proto.Cluster.Partition;
using Proto.Cluster.PartitionActivator;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>How long does a key's owner take to find, on the ring and the slot table, beside the textbook ring, Akka.NET's and Proto.Actor's?</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
[MemoryDiagnoser]
public class PlacementBenchmark
{
    private const int Lookups = 1 << 16; // more than a branch predictor can learn by heart
    private const int VirtualNodes = 160; // the same for all that have them

    private readonly ulong[] _hashes = new ulong[Lookups];
    private readonly byte[][] _bytes = new byte[Lookups][];
    private readonly string[] _texts = new string[Lookups];
    private HashRing<Node> _ring = null!;
    private SlotTable<Node> _table = null!;
    private TextbookRing _textbook = null!;
    private ConsistentHash<string> _akka = null!;
    private MemberHashRing _protoRing = null!;
    private RendezvousFast _protoRendezvous = null!;

    [Params(10, 100, 1000, 10_000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string[] ids = Enumerable.Range(0, Nodes).Select(i => $"10.0.{i / 256}.{i % 256}:11211").ToArray();
        _ring = new HashRing<Node>(ids.Select(id => new Node(id)), new HashRingOptions { VirtualNodes = VirtualNodes });
        _table = new SlotTable<Node>(ids.Select(id => new Node(id)), new SlotTableOptions { SlotCount = Nodes > 1000 ? 1 << 20 : 1 << 16 });
        _textbook = new TextbookRing(ids, VirtualNodes);
        _akka = ConsistentHash.Create(ids, VirtualNodes);
        Member[] members = ids.Select((id, i) => new Member { Id = id, Host = "10.0.0.1", Port = i }).ToArray();
        _protoRing = new MemberHashRing(members);
        _protoRendezvous = new RendezvousFast(members);
        for (int i = 0; i < Lookups; i++)
        {
            _texts[i] = $"user:{i:D11}"; // 16 characters
            _bytes[i] = System.Text.Encoding.UTF8.GetBytes(_texts[i]);
            _hashes[i] = KeyHash.Of(_texts[i]);
        }
    }

    [BenchmarkCategory("hash in hand"), Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public int Textbook_hash()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _textbook.GetIndex(hash);
        }

        return sum;
    }

    [BenchmarkCategory("hash in hand"), Benchmark(OperationsPerInvoke = Lookups)]
    public int HashRing_hash()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _ring.GetIndex(hash);
        }

        return sum;
    }

    [BenchmarkCategory("hash in hand"), Benchmark(OperationsPerInvoke = Lookups)]
    public int HashRing_three_replicas()
    {
        int sum = 0;
        Span<int> replicas = stackalloc int[3];
        foreach (ulong hash in _hashes)
        {
            _ring.GetIndexes(hash, replicas);
            sum += replicas[2];
        }

        return sum;
    }

    [BenchmarkCategory("hash in hand"), Benchmark(OperationsPerInvoke = Lookups)]
    public int SlotTable_hash()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _table.GetIndex(hash);
        }

        return sum;
    }

    [BenchmarkCategory("16 bytes"), Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public int Textbook_bytes()
    {
        int sum = 0;
        foreach (byte[] bytes in _bytes)
        {
            sum += _textbook.GetIndex(KeyHash.Of(bytes));
        }

        return sum;
    }

    [BenchmarkCategory("16 bytes"), Benchmark(OperationsPerInvoke = Lookups)]
    public int Akka_bytes()
    {
        int sum = 0;
        foreach (byte[] bytes in _bytes)
        {
            sum += _akka.NodeFor(bytes).Length;
        }

        return sum;
    }

    [BenchmarkCategory("16 bytes"), Benchmark(OperationsPerInvoke = Lookups)]
    public int HashRing_bytes()
    {
        int sum = 0;
        foreach (byte[] bytes in _bytes)
        {
            sum += _ring.GetNode(bytes).Id.Length;
        }

        return sum;
    }

    [BenchmarkCategory("16 bytes"), Benchmark(OperationsPerInvoke = Lookups)]
    public int SlotTable_bytes()
    {
        int sum = 0;
        foreach (byte[] bytes in _bytes)
        {
            sum += _table.GetNode(bytes).Id.Length;
        }

        return sum;
    }

    [BenchmarkCategory("string"), Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public int Textbook_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _textbook.GetIndex(KeyHash.Of(text));
        }

        return sum;
    }

    [BenchmarkCategory("string"), Benchmark(OperationsPerInvoke = Lookups)]
    public int Akka_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _akka.NodeFor(text).Length;
        }

        return sum;
    }

    [BenchmarkCategory("string"), Benchmark(OperationsPerInvoke = Lookups)]
    public int Proto_MemberHashRing_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _protoRing.GetOwnerMemberByIdentity(text).Length;
        }

        return sum;
    }

    [BenchmarkCategory("string"), Benchmark(OperationsPerInvoke = Lookups / 256)]
    public int Proto_RendezvousFast_string()
    {
        // O(nodes) a lookup: a part of the keys is enough.
        int sum = 0;
        foreach (string text in _texts.AsSpan(0, Lookups / 256))
        {
            sum += _protoRendezvous.GetOwnerMemberByIdentity(text).Length;
        }

        return sum;
    }

    [BenchmarkCategory("string"), Benchmark(OperationsPerInvoke = Lookups)]
    public int HashRing_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _ring.GetNode(text).Id.Length;
        }

        return sum;
    }

    [BenchmarkCategory("string"), Benchmark(OperationsPerInvoke = Lookups)]
    public int SlotTable_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _table.GetNode(text).Id.Length;
        }

        return sum;
    }
}
