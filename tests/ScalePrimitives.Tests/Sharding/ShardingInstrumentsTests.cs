using System.Diagnostics.Metrics;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardingInstrumentsTests
{
    private static readonly ShardMap Map = new(16, ["a", "b"]);

    private readonly ManualTimeProvider _time = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_goes_another_way_is_counted_and_the_map_is_told()
    {
        const string Name = "instruments: all";
        ShardRouter<int, string> router = Router();
        Assert.Equal("", Read(Name));
        IDisposable instruments = router.PublishInstruments(Name);
        Assert.Equal("map.version=1 redirects=0 refusals(expired)=0 refusals(frozen)=0", Read(Name)); // of no age: nobody has confirmed it
        router.Route(1);
        await router.ExecuteAsync(1, (route, _) => route.Epoch == 1 ? throw new StaleShardMapException(route.Slot, "b", 2) : ValueTask.FromResult(1), TestToken);
        ValueTask<int> frozen = router.ExecuteAsync(1, (route, _) => _time.GetTimestamp() == 0 ? throw new SlotFrozenException(route.Slot) : ValueTask.FromResult(1), TestToken);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        await frozen;
        var store = new ScriptedMapStore(_time) { Map = Map.AddShard("c") };
        await using var watcher = new ShardMapWatcher(store, new ShardMapWatcherOptions { TimeProvider = _time });
        watcher.Follow(router);
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
        _time.Advance(TimeSpan.Zero);
        store.Answer = _ => throw new IOException();
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("map.age=4 map.version=2 redirects=1 refusals(expired)=1 refusals(frozen)=1", Read(Name));
        instruments.Dispose();
        Assert.Equal("", Read(Name));
        router.Route(1);
    }

    [Fact]
    public void Routing_allocates_nothing()
    {
        ShardRouter<int, string> router = Router();
        using IDisposable instruments = router.PublishInstruments("instruments: allocations");
        Allocations.AssertNone(() => (ulong)router.Route(1).Slot);
    }

    private static string Read(string name)
    {
        var readings = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, active) =>
        {
            if (instrument.Meter.Name == "ScalePrimitives.Sharding" && instrument.Meter.Tags?.FirstOrDefault(tag => tag.Key == "sharding.router").Value as string == name)
            {
                active.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => readings.Add($"{instrument.Name["sharding.".Length..]}{(tags.Length > 0 ? $"({tags[0].Value})" : "")}={value}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => readings.Add(FormattableString.Invariant($"{instrument.Name["sharding.".Length..]}={value}")));
        listener.Start();
        listener.RecordObservableInstruments();
        return string.Join(' ', readings.Order(StringComparer.Ordinal));
    }

    private ShardRouter<int, string> Router() => new(new HashShardStrategy<int>(16), Map, id => id, new ShardRouterOptions { TimeProvider = _time });
}
