using BenchmarkDotNet.Attributes;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>What does one more load of a hot key cost among 1,000 nodes, when the loads that it has already fill its first choices?</summary>
[MemoryDiagnoser]
public class BoundedLoadBenchmark
{
    private const ulong Hot = 0x9e37_79b9_7f4a_7c15;

    private readonly List<BoundedLoadLease<Node>> _held = [];
    private BoundedLoad<Node> _balancer = null!;

    [Params("ring", "slots", "maglev", "rendezvous")]
    public string Topology { get; set; } = "";

    /// <summary>Gets or sets how many loads of the key there are: 10, 32 and 200 fill as many nodes, 2,000 fill 400.</summary>
    [Params(10, 32, 200, 2000)]
    public int Loads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Node[] nodes = Enumerable.Range(0, 1000).Select(i => new Node($"10.0.{i / 256}.{i % 256}:11211")).ToArray();
        _balancer = new BoundedLoad<Node>(Topology switch
        {
            "ring" => new HashRing<Node>(nodes),
            "slots" => new SlotTable<Node>(nodes),
            "maglev" => new MaglevTable<Node>(nodes),
            _ => new RendezvousHash<Node>(nodes),
        });
        for (int i = 0; i < Loads; i++)
        {
            _held.Add(_balancer.Acquire(Hot));
        }
    }

    [Benchmark]
    public void Acquire_and_release() => _balancer.Acquire(Hot).Dispose();
}
