using System.Diagnostics.Metrics;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>What a named generator tells the listeners of its meter: counters, read when a listener asks.</summary>
internal sealed class SnowflakeInstruments : IDisposable
{
    private readonly Meter _meter;
    private PaddedInt64 _issued;
    private long _waits;
    private long _refusals;

    public SnowflakeInstruments(string name)
    {
        _meter = new Meter(new MeterOptions("ScalePrimitives.Ids") { Tags = [new("ids.generator", name)] });
        _meter.CreateObservableCounter("ids.issued", () => Volatile.Read(ref _issued.Value), "{id}", "Ids that were issued.");
        _meter.CreateObservableCounter("ids.waits", () => Volatile.Read(ref _waits), "{call}", "Calls that had to wait for the clock.");
        _meter.CreateObservableCounter("ids.refusals", () => Volatile.Read(ref _refusals), "{call}", "Calls that threw because no id could be had.");
    }

    public void Issued(int count) => Interlocked.Add(ref _issued.Value, count);

    public void Waited() => Interlocked.Increment(ref _waits);

    public void Refused() => Interlocked.Increment(ref _refusals);

    public void Dispose() => _meter.Dispose();
}
