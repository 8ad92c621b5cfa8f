using Akka.Routing;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>How long does the ring take to find a key's owner, beside the textbook ring and Akka.NET's?</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
[MemoryDiagnoser]
public class HashRingBenchmark
{
    private const int Lookups = 1 << 16; // more than a branch predictor can learn by heart

    private readonly ulong[] _hashes = new ulong[Lookups];
    private readonly string[] _texts = new string[Lookups];
    private HashRing<Node> _ring = null!;
    private TextbookRing _textbook = null!;
    private ConsistentHash<string> _akka = null!;

    [Params(10, 100, 1000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        const int VirtualNodes = 160; // the same for all three
        string[] ids = Enumerable.Range(0, Nodes).Select(i => $"10.0.{i / 256}.{i % 256}:11211").ToArray();
        _ring = new HashRing<Node>(ids.Select(id => new Node(id)), new HashRingOptions { VirtualNodes = VirtualNodes });
        _textbook = new TextbookRing(ids, VirtualNodes);
        _akka = ConsistentHash.Create(ids, VirtualNodes);
        for (int i = 0; i < Lookups; i++)
        {
            _texts[i] = $"user:{i:D11}"; // 16 characters
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

    [BenchmarkCategory("string key"), Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public int Akka_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _akka.NodeFor(text).Length;
        }

        return sum;
    }

    [BenchmarkCategory("string key"), Benchmark(OperationsPerInvoke = Lookups)]
    public int Textbook_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _textbook.GetIndex(KeyHash.Of(text));
        }

        return sum;
    }

    [BenchmarkCategory("string key"), Benchmark(OperationsPerInvoke = Lookups)]
    public int HashRing_string()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _ring.GetNode(text).Id.Length;
        }

        return sum;
    }
}
