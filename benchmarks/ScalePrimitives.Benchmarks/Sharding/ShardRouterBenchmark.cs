using BenchmarkDotNet.Attributes;
using ScalePrimitives.Hashing;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>What does a routed key cost, beside hashing it and taking the remainder, which cannot grow?</summary>
[MemoryDiagnoser]
public class ShardRouterBenchmark
{
    private const int Keys = 1000;

    private readonly string[] _keys = Enumerable.Range(0, Keys).Select(i => $"user:{i:D11}").ToArray();
    private readonly Dictionary<int, string> _shards = Enumerable.Range(0, 16).ToDictionary(i => i, i => $"shard-{i}");
    private readonly ShardRouter<string, string> _router = new(
        new HashShardStrategy<string>(16384),
        new ShardMap(16384, Enumerable.Range(0, 16).Select(i => $"shard-{i}")),
        id => id);

    [Benchmark(Baseline = true, OperationsPerInvoke = Keys)]
    public int Modulo_dictionary()
    {
        int sum = 0;
        foreach (string key in _keys)
        {
            sum += _shards[(int)(KeyHash.Of(key) % 16)].Length;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int Route()
    {
        int sum = 0;
        foreach (string key in _keys)
        {
            sum += _router.Route(key).Shard.Length;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public int Group() => _router.Group(_keys).Count;
}
