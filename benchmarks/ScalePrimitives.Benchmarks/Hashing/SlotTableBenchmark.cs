using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>
/// What does a lookup in the slot table cost beside what it is made of: a load from an array of as many entries, XXH3 of the
/// key; and beside a textbook ring of 160 points a node? Each figure is for one key.
/// </summary>
[MemoryDiagnoser]
public class SlotTableBenchmark
{
    /// <summary>More than a branch predictor learns by heart: with 1,024 keys, over and over, binary searches look twice as fast.</summary>
    private const int Keys = 16_384;
    private const int KeyBytes = 16;
    private const int TableBits = 16;

    private readonly ulong[] _hashes = new ulong[Keys];
    private readonly byte[] _bytes = new byte[Keys * KeyBytes];
    private readonly string[] _texts = new string[Keys];
    private readonly ushort[] _array = new ushort[1 << TableBits];
    private SlotTable<Node> _table = null!;
    private TextbookRing _ring = null!;

    [Params(10, 100, 1000, 10_000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        random.NextBytes(_bytes);
        for (int i = 0; i < Keys; i++)
        {
            _hashes[i] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            _texts[i] = $"user:{random.Next(1_000_000):D11}";
        }

        string[] ids = Enumerable.Range(0, Nodes).Select(i => $"node-{i}").ToArray();

        // 10,000 nodes would not all find a slot of 65,536.
        _table = new SlotTable<Node>(ids.Select(id => new Node(id)), new SlotTableOptions { SlotCount = 1 << (Nodes > 1000 ? 20 : TableBits) });
        _ring = new TextbookRing(ids, 160);
        for (int i = 0; i < _array.Length; i++)
        {
            _array[i] = (ushort)random.Next(Nodes);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Keys)]
    public int ArrayLoad()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _array[hash >> (64 - TableBits)];
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int Prehashed()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _table.GetIndex(hash);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int TextbookPrehashed()
    {
        int sum = 0;
        foreach (ulong hash in _hashes)
        {
            sum += _ring.GetIndex(hash);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int ThreeReplicas()
    {
        int sum = 0;
        Span<int> replicas = stackalloc int[3];
        foreach (ulong hash in _hashes)
        {
            sum += _table.GetIndexes(hash, replicas) + replicas[2];
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public ulong XxHash3Of16Bytes()
    {
        ulong sum = 0;
        for (int i = 0; i < _bytes.Length; i += KeyBytes)
        {
            sum += XxHash3.HashToUInt64(_bytes.AsSpan(i, KeyBytes));
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int Bytes16()
    {
        int sum = 0;
        for (int i = 0; i < _bytes.Length; i += KeyBytes)
        {
            sum += _table.GetIndex(KeyHash.Of(_bytes.AsSpan(i, KeyBytes)));
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int TextbookBytes16()
    {
        int sum = 0;
        for (int i = 0; i < _bytes.Length; i += KeyBytes)
        {
            sum += _ring.GetIndex(XxHash3.HashToUInt64(_bytes.AsSpan(i, KeyBytes)));
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public ulong KeyHashOfText()
    {
        ulong sum = 0;
        foreach (string text in _texts)
        {
            sum += KeyHash.Of(text);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int Text()
    {
        int sum = 0;
        foreach (string text in _texts)
        {
            sum += _table.GetNode(text).Id.Length;
        }

        return sum;
    }
}
