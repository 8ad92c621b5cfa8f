using System.Diagnostics.Metrics;

namespace ScalePrimitives.Sharding;

/// <summary>What a router tells the listeners of its meter: its counts and its map, read when a listener asks.</summary>
internal sealed class ShardingInstruments : IDisposable
{
    private readonly Meter _meter;

    public ShardingInstruments(string name, ShardRouterCounts counts, Func<TimeSpan?> mapAge, Func<long> mapVersion)
    {
        _meter = new Meter(new MeterOptions("ScalePrimitives.Sharding") { Tags = [new("sharding.router", name)] });
        _meter.CreateObservableCounter("sharding.redirects", () => counts.Redirects, "{redirect}", "Calls that a shard sent on to another.");
        _meter.CreateObservableCounter("sharding.refusals", () => Refusals(counts), "{refusal}", "Calls that met a frozen slot, or a map that was too old, by reason.");
        _meter.CreateObservableGauge("sharding.map.age", () => AgeOf(mapAge()), "s", "How long ago the map was confirmed to be the newest; nothing when it never was.");
        _meter.CreateObservableGauge("sharding.map.version", mapVersion, "{version}", "The version of the map.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<double>> AgeOf(TimeSpan? age) => age is { } known ? [new Measurement<double>(known.TotalSeconds)] : [];

    private static IEnumerable<Measurement<long>> Refusals(ShardRouterCounts counts) => [Reason(counts.FrozenSlots, "frozen"), Reason(counts.ExpiredMaps, "expired")];

    private static Measurement<long> Reason(long count, string reason) => new(count, new KeyValuePair<string, object?>("reason", reason));
}
