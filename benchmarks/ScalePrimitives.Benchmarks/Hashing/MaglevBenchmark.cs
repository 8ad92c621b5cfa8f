using BenchmarkDotNet.Attributes;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>What does a remainder by multiplication save a Maglev lookup, and how do the ring and the jump hash compare? Hashes are in hand.</summary>
[MemoryDiagnoser]
public class MaglevBenchmark
{
    private const int Lookups = 1 << 16; // more than a branch predictor can learn by heart

    private readonly ulong[] _hashes = new ulong[Lookups];
    private ushort[] _owners = [];
    private MaglevTable<Node> _maglev = null!;
    private HashRing<Node> _ring = null!;

    [Params(10, 100, 1000, 10_000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Node[] nodes = Enumerable.Range(0, Nodes).Select(i => new Node($"10.0.{i / 256}.{i % 256}:11211")).ToArray();
        var options = new MaglevTableOptions();
        _maglev = new MaglevTable<Node>(nodes, options);
        _ring = new HashRing<Node>(nodes);
        _owners = Enumerable.Range(0, options.TableSize).Select(slot => (ushort)_maglev.GetIndex((ulong)slot)).ToArray();
        for (int i = 0; i < Lookups; i++)
        {
            _hashes[i] = KeyHash.Of(i);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public int Maglev_by_modulo()
    {
        int sum = 0;
        ushort[] owners = _owners;
        foreach (ulong hash in _hashes)
        {
            sum += owners[hash % (ulong)owners.Length];
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int MaglevTable()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _maglev.GetIndex(hash);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int MaglevTable_three_replicas()
    {
        int sum = 0;
        Span<int> replicas = stackalloc int[3];
        foreach (ulong hash in _hashes)
        {
            _maglev.GetIndexes(hash, replicas);
            sum += replicas[2];
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int HashRing()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _ring.GetIndex(hash);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int JumpHash_bucket()
    {
        int sum = 0;
        int buckets = Nodes;
        foreach (ulong hash in _hashes)
        {
            sum += JumpHash.GetBucket(hash, buckets);
        }

        return sum;
    }
}
