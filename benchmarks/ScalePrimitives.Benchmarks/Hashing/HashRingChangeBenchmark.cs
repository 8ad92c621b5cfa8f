using BenchmarkDotNet.Attributes;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>What does a change of the ring cost, beside building it anew?</summary>
[MemoryDiagnoser]
public class HashRingChangeBenchmark
{
    private Node[] _nodes = null!;
    private HashRing<Node> _ring = null!;
    private HashRing<Node> _grown = null!;

    [Params(10, 100, 1000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _nodes = Enumerable.Range(0, Nodes).Select(i => new Node($"node-{i}")).ToArray();
        _ring = new HashRing<Node>(_nodes);
        _grown = _ring.Add(new Node("node-new"));
    }

    [Benchmark(Baseline = true)]
    public HashRing<Node> Build() => new(_nodes);

    [Benchmark]
    public HashRing<Node> Add() => _ring.Add(new Node("node-new"));

    [Benchmark]
    public HashRing<Node> Remove() => _grown.Remove("node-new");

    [Benchmark]
    public RingDiff<Node> Diff() => HashRing<Node>.Diff(_ring, _grown);
}
