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
