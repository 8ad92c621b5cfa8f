using System.Diagnostics.Metrics;

namespace ScalePrimitives.Caching;

/// <summary>What a named cache tells the listeners of its meter: its counters, read when a listener asks, so that nothing is added to a call.</summary>
internal sealed class CacheInstruments : IDisposable
{
    private readonly Meter _meter;

    public CacheInstruments(string name, Func<CacheStatistics> statistics, Func<long> count, Func<long> weight)
    {
        _meter = new Meter(new MeterOptions("ScalePrimitives.Caching") { Tags = [new("cache.name", name)] });
        _meter.CreateObservableCounter("cache.requests", () => Requests(statistics()), "{request}", "Requests by result; hits only where they are counted.");
        _meter.CreateObservableCounter("cache.loads", () => Loads(statistics()), "{load}", "Runs of a factory that have ended, by result.");
        _meter.CreateObservableCounter("cache.evictions", () => statistics().Evictions, "{entry}", "Values that left because the cache was full.");
        _meter.CreateObservableGauge("cache.entries", count, "{entry}", "Entries in the cache.");
        _meter.CreateObservableGauge("cache.weight", weight, description: "What the entries weigh together, in the weigher's unit.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Requests(CacheStatistics statistics)
    {
        if (statistics.Hits is { } hits)
        {
            yield return Result(hits, "hit");
        }

        yield return Result(statistics.Misses, "miss");
    }

    private static IEnumerable<Measurement<long>> Loads(CacheStatistics statistics)
    {
        yield return Result(statistics.Loads - statistics.LoadFailures, "success");
        yield return Result(statistics.LoadFailures, "failure");
    }

    private static Measurement<long> Result(long count, string result) => new(count, new KeyValuePair<string, object?>("result", result));
}
