using BenchmarkDotNet.Attributes;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>How long does a plan take for 65,536 slots on 1,000 shards, when ten more join: with equal loads, and with loads of a Zipf law?</summary>
public class RebalancePlannerBenchmark
{
    private const int Slots = 65_536;

    private readonly ShardMap _map = Enumerable.Range(1_000, 10).Aggregate(new ShardMap(Slots, Enumerable.Range(0, 1_000).Select(i => $"shard-{i}")), (map, i) => map.AddShard($"shard-{i}"));
    private readonly RebalanceOptions _loads = new() { Loads = [.. Loads()] };

    [Benchmark(Baseline = true)]
    public RebalancePlan Equal() => RebalancePlanner.Plan(_map);

    [Benchmark]
    public RebalancePlan Zipf() => RebalancePlanner.Plan(_map, _loads);

    private static double[] Loads()
    {
        double[] loads = [.. Enumerable.Range(1, Slots).Select(rank => 1e6 / rank)];
        new Random(1).Shuffle(loads);
        return loads;
    }
}
