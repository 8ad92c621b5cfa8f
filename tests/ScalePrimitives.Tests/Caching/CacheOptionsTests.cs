using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class CacheOptionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_capacity_below_one_is_refused_by_name(int capacity)
    {
        Assert.Throws<ArgumentOutOfRangeException>("Capacity", () => new CacheOptions<int, int> { Capacity = capacity });
        Assert.Throws<ArgumentOutOfRangeException>(nameof(capacity), () => new Cache<int, int>(capacity));
        Assert.Throws<ArgumentOutOfRangeException>(nameof(capacity), () => new Cache<int, int>(capacity, EvictionPolicy.Lru));
    }

    [Fact]
    public void A_policy_that_is_not_named_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("Policy", () => new CacheOptions<int, int> { Policy = (EvictionPolicy)4 });
        Assert.Throws<ArgumentOutOfRangeException>("policy", () => new Cache<int, int>(1, (EvictionPolicy)(-1)));
    }

    [Fact]
    public void The_capacity_must_be_set()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>("options", () => new Cache<int, int>(new CacheOptions<int, int>()));
        Assert.Contains("Capacity", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("options", () => new Cache<int, int>(null!));
    }

    [Fact]
    public void Weigher_and_largest_weight_go_together()
    {
        CacheOptions<int, int>[] halves =
        [
            new() { Capacity = 5, MaxWeight = 5 }, new() { MaxWeight = 5 }, new() { Capacity = 5, Weigher = (_, _) => 1 }, new() { Weigher = (_, _) => 1 },
        ];
        Assert.All(halves, half =>
        {
            ArgumentException refusal = Assert.Throws<ArgumentException>("options", () => new Cache<int, int>(half));
            Assert.Contains("Weigher", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("MaxWeight", refusal.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1L << 62)]
    [InlineData(long.MaxValue)]
    public void A_largest_weight_outside_its_range_is_refused_by_name_and_keeps_the_old_one(long maxWeight)
    {
        var options = new CacheOptions<int, int> { MaxWeight = 7 };
        ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>("MaxWeight", () => options.MaxWeight = maxWeight);
        Assert.Contains("from 1 to 4611686018427387903", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(7, options.MaxWeight);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-10_000)] // Timeout.InfiniteTimeSpan: not setting it means never
    [InlineData(long.MinValue)]
    public void A_time_that_is_not_above_zero_is_refused_by_name(long ticks)
    {
        TimeSpan time = TimeSpan.FromTicks(ticks);
        var options = new CacheOptions<int, int>();
        Assert.Throws<ArgumentOutOfRangeException>("ExpireAfterWrite", () => options.ExpireAfterWrite = time);
        Assert.Throws<ArgumentOutOfRangeException>("ExpireAfterAccess", () => options.ExpireAfterAccess = time);
        Assert.Throws<ArgumentOutOfRangeException>("RefreshAfterWrite", () => options.RefreshAfterWrite = time);
        Assert.Equal((null, null, null), (options.ExpireAfterWrite, options.ExpireAfterAccess, options.RefreshAfterWrite));
    }

    [Fact]
    public void The_ends_of_each_range_are_allowed_and_null_is_never()
    {
        var options = new CacheOptions<int, int> { Capacity = int.MaxValue, MaxWeight = (1L << 62) - 1, ExpireAfterWrite = TimeSpan.FromTicks(1), ExpireAfterAccess = TimeSpan.MaxValue, RefreshAfterWrite = TimeSpan.FromTicks(1) };
        (options.Capacity, options.MaxWeight) = (1, 1);
        options.ExpireAfterWrite = options.ExpireAfterAccess = options.RefreshAfterWrite = null;
        Assert.Null(options.ExpireAfterWrite);
        Assert.Throws<ArgumentNullException>(() => options.TimeProvider = null!);
        Assert.Same(TimeProvider.System, options.TimeProvider);
    }

    [Fact]
    public void The_rules_are_copied_too()
    {
        var options = new CacheOptions<int, int> { Capacity = 2, MaxWeight = 10, Weigher = (_, _) => 1 };
        using var cache = new Cache<int, int>(options);
        options.Weigher = (_, _) => throw new NotSupportedException();
        options.MaxWeight = 1;
        options.ExpireAfter = (_, _) => TimeSpan.Zero;
        options.ExpireAfterWrite = options.ExpireAfterAccess = options.RefreshAfterWrite = TimeSpan.FromTicks(1);
        cache.Set(1, 1);
        cache.Set(2, 2);
        Assert.Equal((2, 2, 10), (cache.Count, cache.Weight, cache.MaxWeight));
        Assert.True(cache.TryGet(1, out _));
    }

    [Fact]
    public void The_defaults_are_adaptive_and_quiet()
    {
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 5 });
        Assert.Equal(EvictionPolicy.Adaptive, cache.Policy);
        Assert.Equal(5, cache.Capacity);
        Assert.Null(cache.Statistics.Hits);
        using var plain = new Cache<int, int>(5);
        Assert.Equal(EvictionPolicy.Adaptive, plain.Policy);
    }

    [Fact]
    public void The_options_are_copied()
    {
        var options = new CacheOptions<int, int> { Capacity = 2, Policy = EvictionPolicy.Fifo };
        using var cache = new Cache<int, int>(options);
        options.Capacity = 50;
        options.OnRemoved = (_, _, _) => Assert.Fail("set too late");
        options.RecordStatistics = true;
        for (int key = 0; key < 10; key++)
        {
            cache.Set(key, key);
        }

        Assert.Equal(2, cache.Count);
        Assert.Null(cache.Statistics.Hits);
    }

    [Fact]
    public void A_huge_capacity_costs_nothing_until_it_is_used()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var cache = new Cache<int, int>(int.MaxValue);
        cache.Set(1, 1);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }
}
