using BenchmarkDotNet.Attributes;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>How long does a plan take for 65,536 slots on 1,000 shards, when ten more join: with equal loads, with loads of a Zipf law, with loads that are all different and none of them large, and with those when each slot may be on one shard in four only? And for as many slots on three shards, when one more joins?</summary>
public class RebalancePlannerBenchmark
{
    private const int Slots = 65_536;

    private readonly ShardMap _map = Enumerable.Range(1_000, 10).Aggregate(new ShardMap(Slots, Enumerable.Range(0, 1_000).Select(i => $"shard-{i}")), (map, i) => map.AddShard($"shard-{i}"));
    private readonly ShardMap _few = new ShardMap(Slots, ["shard-1", "shard-2", "shard-3"]).AddShard("shard-4");
    private readonly RebalanceOptions _zipf = new() { Loads = Loads(rank => 1e6 / rank) };
    private readonly RebalanceOptions _zones = new() { Loads = Loads(rank => rank), CanHold = static (slot, shard) => slot % 4 == (shard[^1] - '0') % 4 };
    private readonly RebalanceOptions _uniform = new() { Loads = Loads(rank => rank) };

    [Benchmark(Baseline = true)]
    public RebalancePlan Equal() => RebalancePlanner.Plan(_map);

    [Benchmark]
    public RebalancePlan Zipf() => RebalancePlanner.Plan(_map, _zipf);

    [Benchmark]
    public RebalancePlan Uniform() => RebalancePlanner.Plan(_map, _uniform);

    [Benchmark]
    public RebalancePlan Uniform_of_four_zones() => RebalancePlanner.Plan(_map, _zones);

    [Benchmark]
    public RebalancePlan Uniform_few_shards() => RebalancePlanner.Plan(_few, _uniform);

    private static double[] Loads(Func<int, double> ofRank)
    {
        double[] loads = [.. Enumerable.Range(1, Slots).Select(ofRank)];
        new Random(1).Shuffle(loads);
        return loads;
    }
}
