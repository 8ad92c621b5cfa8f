using System.Collections.Concurrent;
using ScalePrimitives.Caching;

namespace CacheReplay;

/// <summary>Replays a log through caches, each once: what was replayed is remembered. Thread-safe.</summary>
internal sealed class Replay(RequestLog log)
{
    private const ulong Seed = 1; // the same output in every run

    private readonly ConcurrentDictionary<Run, double> _hitRatios = new();

    public static EvictionPolicy[] Policies { get; } = Enum.GetValues<EvictionPolicy>();

    public RequestLog Log => log;

    /// <summary>Returns the share of requests that find their key, a cache being empty at first.</summary>
    public double HitRatio(EvictionPolicy policy, int capacity)
    {
        // A cache with room for every key is like any other with room for every key.
        var run = new Run(policy, Math.Min(capacity, log.DistinctCount));
        return _hitRatios.TryGetValue(run, out double known) ? known : _hitRatios[run] = Serve(run);
    }

    /// <summary>Estimates what caches of other capacities would hit, in one pass and without simulating them whole.</summary>
    public IReadOnlyList<HitRatioEstimate> Estimate(EvictionPolicy policy, int capacity)
    {
        var estimator = new HitRatioEstimator<long>(capacity, policy, seed: Seed);
        foreach (ReadOnlyMemory<long> part in log.Parts)
        {
            foreach (long key in part.Span)
            {
                estimator.Record(key);
            }
        }

        return estimator.Estimates;
    }

    private double Serve(Run run)
    {
        using var cache = new Cache<long, bool>(new CacheOptions<long, bool> { Capacity = run.Capacity, Policy = run.Policy, Seed = Seed });
        long hits = 0;
        foreach (ReadOnlyMemory<long> part in log.Parts)
        {
            foreach (long key in part.Span)
            {
                if (cache.TryGet(key, out _))
                {
                    hits++;
                }
                else
                {
                    cache.Set(key, true);
                }
            }
        }

        return (double)hits / log.Count;
    }
}
