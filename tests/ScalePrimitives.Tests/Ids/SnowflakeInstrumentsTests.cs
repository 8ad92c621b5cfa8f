using System.Diagnostics.Metrics;
using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>What listeners of the meter see. Each test has a generator of another name, because meters are seen by all.</summary>
public class SnowflakeInstrumentsTests
{
    [Fact]
    public async Task A_named_generator_publishes_what_it_issued_waited_for_and_refused()
    {
        const string Name = "instruments: generator";
        var clock = new ManualTimeProvider();
        SnowflakeOptions options = SnowflakeSamples.Options(SnowflakeSamples.Narrow, clock);
        options.Name = Name;
        using var generator = new SnowflakeGenerator(options);
        Assert.Equal([("ids.issued", 0), ("ids.refusals", 0), ("ids.waits", 0)], Read(Name));

        clock.Advance(SnowflakeSamples.Millisecond);
        Assert.Equal(3, generator.Fill(new long[3]));
        Assert.True(generator.TryNext(out _));
        Assert.False(generator.TryNext(out _)); // neither waits nor is refused
        ValueTask<long> pending = generator.NextAsync(TestContext.Current.CancellationToken);
        clock.Advance(SnowflakeSamples.Millisecond);
        await pending;
        clock.SetWall(SnowflakeSamples.Narrow.ExpiresAt);
        Assert.Throws<InvalidOperationException>(() => generator.Next());
        Assert.Equal([("ids.issued", 5), ("ids.refusals", 1), ("ids.waits", 2)], Read(Name));

        generator.Dispose();
        Assert.Empty(Read(Name));
        Assert.Equal(SnowflakeSamples.Narrow, generator.Layout);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        SnowflakeOptions options = SnowflakeSamples.Options(SnowflakeSamples.Wide, TimeProvider.System);
        options.Name = "instruments: allocations";
        using var generator = new SnowflakeGenerator(options);
        Allocations.AssertNone(() => (ulong)generator.Next());
    }

    private static List<(string Instrument, long Value)> Read(string name)
    {
        var readings = new List<(string, long)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, active) =>
        {
            if (instrument.Meter.Name == "ScalePrimitives.Ids" && instrument.Meter.Tags?.Any(tag => tag.Key == "ids.generator" && tag.Value as string == name) == true)
            {
                active.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => readings.Add((instrument.Name, value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. readings.OrderBy(reading => reading.Item1, StringComparer.Ordinal)];
    }
}
