using BenchmarkDotNet.Attributes;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>What do changes of a slot table cost beside building it anew, at 65,536 slots?</summary>
[MemoryDiagnoser]
public class SlotTableChangeBenchmark
{
    private Node[] _nodes = [];
    private Node _newcomer = null!;
    private SlotTable<Node> _table = null!;
    private SlotTable<Node> _grown = null!;

    [Params(10, 100, 1000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _nodes = Enumerable.Range(0, Nodes).Select(i => new Node($"node-{i}")).ToArray();
        _newcomer = new Node("node-5x"); // in the middle of the order, so that indexes move
        _table = new SlotTable<Node>(_nodes);
        _grown = _table.Add(_newcomer);
    }

    [Benchmark(Baseline = true)]
    public SlotTable<Node> Build() => new(_nodes);

    [Benchmark]
    public SlotTable<Node> Add() => _table.Add(_newcomer);

    [Benchmark]
    public SlotTable<Node> Remove() => _grown.Remove(_newcomer.Id);

    [Benchmark]
    public SlotTable<Node> Replace() => _grown.Replace(_newcomer with { Weight = 1.5 });

    [Benchmark]
    public SlotTableDiff<Node> Diff() => SlotTable<Node>.Diff(_table, _grown);
}
