using System.Diagnostics.Metrics;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>What listeners of the meter see. Each test has a cache of another name, because meters are seen by all.</summary>
public class CacheInstrumentsTests
{
    [Fact]
    public void A_named_cache_publishes_its_counters()
    {
        using var readings = new Readings("instruments: counters");
        using var cache = new Cache<string, long>(new CacheOptions<string, long>
        {
            Name = "instruments: counters",
            Capacity = 2,
            MaxWeight = 100,
            Weigher = (_, value) => value,
            RecordStatistics = true,
            Policy = EvictionPolicy.Lru,
        });
        Assert.Equal(
            [("cache.entries", "", 0), ("cache.evictions", "", 0), ("cache.loads", "failure", 0), ("cache.loads", "success", 0), ("cache.requests", "hit", 0), ("cache.requests", "miss", 0), ("cache.weight", "", 0)],
            readings.Take());

        cache.Set("a", 10);
        cache.Set("b", 20);
        cache.Set("c", 30);
        cache.TryGet("a", out _);
        cache.TryGet("b", out _);
        cache.TryGet("c", out _);
        cache.GetOrAdd("d", _ => 40);
        Assert.Throws<TimeoutException>(() => cache.GetOrAdd("e", _ => throw new TimeoutException()));
        Assert.Equal(
            [("cache.entries", "", 2), ("cache.evictions", "", 2), ("cache.loads", "failure", 1), ("cache.loads", "success", 1), ("cache.requests", "hit", 2), ("cache.requests", "miss", 3), ("cache.weight", "", 70)],
            readings.Take());
    }

    [Fact]
    public void Hits_are_not_published_where_they_are_not_counted()
    {
        using var readings = new Readings("instruments: no hits");
        using var cache = new Cache<string, long>(new CacheOptions<string, long> { Name = "instruments: no hits", Capacity = 2 });
        cache.Set("a", 10);
        cache.TryGet("a", out _);
        cache.TryGet("b", out _);
        Assert.Equal([("cache.requests", "miss", 1)], readings.Take().Where(reading => reading.Instrument == "cache.requests"));
        Assert.Contains(("cache.weight", "", 1), readings.Take()); // each entry counts one
    }

    [Fact]
    public void Instruments_have_units_and_descriptions_and_the_caches_name()
    {
        using var readings = new Readings("instruments: units");
        using var cache = new Cache<string, long>(new CacheOptions<string, long> { Name = "instruments: units", Capacity = 2 });
        Assert.Equal(
            [("cache.entries", "{entry}"), ("cache.evictions", "{entry}"), ("cache.loads", "{load}"), ("cache.requests", "{request}"), ("cache.weight", null)],
            readings.Instruments.Select(instrument => (instrument.Name, instrument.Unit)).OrderBy(instrument => instrument.Name, StringComparer.Ordinal));
        Assert.All(readings.Instruments, instrument =>
        {
            Assert.False(string.IsNullOrEmpty(instrument.Description));
            Assert.Equal("ScalePrimitives.Caching", instrument.Meter.Name);
            Assert.Equal([KeyValuePair.Create("cache.name", (object?)"instruments: units")], instrument.Meter.Tags!);
        });
        Assert.All(readings.Instruments.Where(instrument => instrument.Name is "cache.requests" or "cache.loads" or "cache.evictions"), instrument => Assert.IsType<ObservableCounter<long>>(instrument));
    }

    [Fact]
    public void A_disposed_cache_publishes_nothing()
    {
        using var readings = new Readings("instruments: disposed");
        var cache = new Cache<string, long>(new CacheOptions<string, long> { Name = "instruments: disposed", Capacity = 2 });
        Assert.NotEmpty(readings.Take());
        cache.Dispose();
        Assert.Empty(readings.Take());
    }

    [Fact]
    public void Two_caches_are_told_apart()
    {
        using var first = new Readings("instruments: first");
        using var second = new Readings("instruments: second");
        using var one = new Cache<string, long>(new CacheOptions<string, long> { Name = "instruments: first", Capacity = 2 });
        using var two = new Cache<string, long>(new CacheOptions<string, long> { Name = "instruments: second", Capacity = 2 });
        one.Set("a", 1);
        Assert.Contains(("cache.entries", "", 1), first.Take());
        Assert.Contains(("cache.entries", "", 0), second.Take());
    }

    [Fact]
    public void A_cache_without_a_name_publishes_nothing()
    {
        using var readings = new Readings(null);
        using var cache = new Cache<string, long>(new CacheOptions<string, long> { Capacity = 2 });
        cache.Set("a", 1);
        Assert.Empty(readings.Take());
        Assert.Empty(readings.Instruments);
    }

    /// <summary>Listens to the caches of one name; null means those of a meter without the tag.</summary>
    private sealed class Readings : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Instrument, string Result, long Value)> _readings = [];

        public Readings(string? name)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "ScalePrimitives.Caching" && instrument.Meter.Tags?.FirstOrDefault(tag => tag.Key == "cache.name").Value as string == name)
                {
                    Instruments.Add(instrument);
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _readings.Add((instrument.Name, tags.Length == 0 ? "" : $"{tags[0].Value}", value)));
            _listener.Start();
        }

        public List<Instrument> Instruments { get; } = [];

        public IEnumerable<(string Instrument, string Result, long Value)> Take()
        {
            _readings.Clear();
            _listener.RecordObservableInstruments();
            return [.. _readings.Order()];
        }

        public void Dispose() => _listener.Dispose();
    }
}
