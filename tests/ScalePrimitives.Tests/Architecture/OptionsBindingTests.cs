using Microsoft.Extensions.Configuration;
using ScalePrimitives.Caching;
using ScalePrimitives.Hashing;
using ScalePrimitives.Ids;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Architecture;

/// <summary>
/// Options arrive from configuration whole: the source generator of the binder, which native AOT turns on, skips init-only
/// properties in silence, and a worker id would be lost.
/// </summary>
public class OptionsBindingTests
{
    [Fact]
    public void Snowflake_options_bind()
    {
        var options = new SnowflakeOptions();
        Configuration(
            ("Datacenter", "3"), ("Server", "7"), ("BorrowLimit", "00:00:00.020"), ("ClockRollbackTolerance", "00:00:01"),
            ("ClockRollback", "Throw"), ("MaxWait", "00:00:09"), ("RollingSequence", "true"), ("Name", "orders")).Bind(options);
        Assert.Equal((3, 7), (options.Datacenter, options.Server));
        Assert.Equal((TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9)), (options.BorrowLimit, options.ClockRollbackTolerance, options.MaxWait));
        Assert.Equal(ClockRollbackPolicy.Throw, options.ClockRollback);
        Assert.Equal((true, "orders"), (options.RollingSequence, options.Name));
    }

    [Fact]
    public void Lease_options_bind_with_those_of_their_generator()
    {
        var options = new WorkerLeaseOptions();
        Configuration(("Duration", "00:00:20"), ("Generator:BorrowLimit", "00:00:01"), ("Generator:RollingSequence", "true")).Bind(options);
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), true), (options.Duration, options.Generator.BorrowLimit, options.Generator.RollingSequence));
    }

    [Fact]
    public void Cache_options_bind()
    {
        var options = new CacheOptions<string, string>();
        Configuration(
            ("Capacity", "500"), ("Policy", "Lfu"), ("RecordStatistics", "true"), ("Seed", "18446744073709551615"), ("MaxWeight", "4611686018427387903"),
            ("ExpireAfterWrite", "01:00:00"), ("ExpireAfterAccess", "00:10:00"), ("RefreshAfterWrite", "00:00:00.5"), ("Name", "users")).Bind(options);
        Assert.Equal((500, EvictionPolicy.Lfu, true, ulong.MaxValue), (options.Capacity, options.Policy, options.RecordStatistics, options.Seed!.Value));
        Assert.Equal(
            (TimeSpan.FromHours(1), TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(0.5)),
            (options.ExpireAfterWrite!.Value, options.ExpireAfterAccess!.Value, options.RefreshAfterWrite!.Value));
        Assert.Equal(((1L << 62) - 1, "users"), (options.MaxWeight, options.Name));
    }

    [Fact]
    public void Cache_options_without_settings_stay_as_they_are()
    {
        var options = new CacheOptions<string, string>();
        Configuration(("Capacity", "500")).Bind(options);
        Assert.Equal((null, null, null, 0, null), (options.ExpireAfterWrite, options.ExpireAfterAccess, options.RefreshAfterWrite, options.MaxWeight, options.Name));
    }

    [Fact]
    public void Ring_options_bind()
    {
        var options = new HashRingOptions();
        Configuration(("VirtualNodes", "64")).Bind(options);
        Assert.Equal(64, options.VirtualNodes);
    }

    [Fact]
    public void Options_of_routers_and_of_the_watcher_of_their_map_bind()
    {
        var router = new ShardRouterOptions();
        Configuration(("FrozenBudget", "00:00:03"), ("MaxMapAge", "00:00:20")).Bind(router);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(20)), (router.FrozenBudget, router.MaxMapAge));
        Configuration(("MaxMapAge", "-00:00:00.001")).Bind(router);
        Assert.Equal(Timeout.InfiniteTimeSpan, router.MaxMapAge);
        var watcher = new ShardMapWatcherOptions();
        Configuration(("Interval", "00:00:02"), ("ShortestInterval", "00:00:00.5"), ("LongestPause", "00:00:30"), ("ReadTimeout", "00:00:07"), ("Seed", "9")).Bind(watcher);
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30)), (watcher.Interval, watcher.ShortestInterval, watcher.LongestPause));
        Assert.Equal((TimeSpan.FromSeconds(7), 9UL), (watcher.ReadTimeout, watcher.Seed!.Value));
    }

    [Fact]
    public void The_generator_is_on()
    {
        // Reflection would set an init-only property; the generator does not, which is why options have none.
        var sample = new InitOnly();
        Configuration(("Number", "7")).Bind(sample);
        Assert.Equal(0, sample.Number);
    }

    [Fact]
    public void A_bad_value_is_refused_by_name()
    {
        Exception thrown = Assert.ThrowsAny<Exception>(() => Configuration(("VirtualNodes", "0")).Bind(new HashRingOptions()));
        Assert.Contains("VirtualNodes", thrown.ToString(), StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();

    internal sealed class InitOnly
    {
        public int Number { get; init; }
    }
}
