using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class CacheResizeTests
{
    private readonly List<(int Key, int Value, RemovalCause Cause)> _removed = [];

    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Those_over_a_smaller_capacity_leave_at_once_the_coldest_first(EvictionPolicy policy)
    {
        using Cache<int, int> cache = Create(policy, 100);
        Fill(cache, 100);
        int[] coldest = [.. cache.Coldest(90).Select(entry => entry.Key)];
        cache.Resize(10);
        Assert.Equal((10, 10), (cache.Capacity, cache.Count));
        Assert.All(_removed, removal => Assert.Equal(RemovalCause.Evicted, removal.Cause));
        Assert.Equal(90, _removed.Count);
        Assert.Equal(90, cache.Statistics.Evictions);
        if (policy != EvictionPolicy.Adaptive)
        {
            Assert.Equal(coldest, _removed.Select(removal => removal.Key));
        }

        cache.CheckIntegrity();
        Fill(cache, 300);
        Assert.Equal(10, cache.Count);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_larger_capacity_keeps_all_and_is_filled(EvictionPolicy policy)
    {
        using Cache<int, int> cache = Create(policy, 10);
        Fill(cache, 10);
        cache.Resize(50);
        Assert.Equal((50, 10), (cache.Capacity, cache.Count));
        Fill(cache, 50);
        Assert.Equal(50, cache.Count);
        Assert.Empty(_removed);
        Fill(cache, 200);
        Assert.Equal(50, cache.Count);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Down_to_one_and_up_again(EvictionPolicy policy)
    {
        using Cache<int, int> cache = Create(policy, 30);
        for (int round = 0; round < 5; round++)
        {
            Fill(cache, 40);
            cache.Resize(1);
            Assert.Equal(1, cache.Count);
            Fill(cache, 3);
            Assert.Equal(1, cache.Count);
            cache.CheckIntegrity();
            cache.Resize(30);
        }

        Fill(cache, 40);
        Assert.Equal(30, cache.Count);
        cache.Resize(int.MaxValue);
        Fill(cache, 1000);
        Assert.Equal(1000, cache.Count);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Both_bounds_of_a_weighed_cache_change_together(EvictionPolicy policy)
    {
        using Cache<int, int> cache = Create(policy, 100, weighs: true);
        for (int key = 0; key < 20; key++)
        {
            cache.Set(key, 5);
        }

        cache.Resize(100, 30);
        Assert.Equal((6, 30, 30), (cache.Count, cache.Weight, cache.MaxWeight));
        cache.Resize(3); // the weight stays bounded as it was
        Assert.Equal((3, 15, 30), (cache.Count, cache.Weight, cache.MaxWeight));
        cache.Resize(2, 4); // each is heavier alone
        Assert.Equal((0, 0), (cache.Count, cache.Weight));
        cache.Set(1, 5);
        Assert.Equal(RemovalCause.Overweight, _removed[^1].Cause);
        cache.Resize(10, 1000);
        cache.Set(1, 900);
        Assert.Equal(900, cache.Weight);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_cache_that_is_made_smaller_or_cleared_gives_its_memory_back(EvictionPolicy policy)
    {
        const int count = 100_000;
        using var cache = new Cache<int, int>(count, policy);
        long empty = cache.ReservedBytes();
        Fill(cache, count);
        if (policy == EvictionPolicy.Lfu)
        {
            UseEachMoreOftenThanTheLast(cache, 2_000);
        }

        Assert.InRange(cache.ReservedBytes(), 100 * empty, long.MaxValue);
        int[] hottest = [.. cache.Hottest(10).Select(entry => entry.Key)];
        cache.Resize(10);
        Assert.InRange(cache.ReservedBytes(), 0, 10_000);
        Assert.Equal(10, cache.Count);
        if (policy != EvictionPolicy.Adaptive)
        {
            Assert.Equal(hottest, cache.Hottest(10).Select(entry => entry.Key));
        }

        cache.CheckIntegrity();
        cache.Resize(count);
        Fill(cache, count);
        cache.CheckIntegrity();
        cache.Clear();
        Assert.InRange(cache.ReservedBytes(), 0, 10_000);
        Fill(cache, 100);
        Assert.Equal(100, cache.Count);
        cache.CheckIntegrity();

        static void UseEachMoreOftenThanTheLast(Cache<int, int> cache, int count)
        {
            for (int first = 0; first < count; first++)
            {
                for (int key = first; key < count; key++)
                {
                    cache.TryGet(key, out _);
                }
            }
        }
    }

    [Fact]
    public void Bad_bounds_are_refused_and_change_nothing()
    {
        using Cache<int, int> counted = Create(EvictionPolicy.Lru, 10);
        using Cache<int, int> weighed = Create(EvictionPolicy.Lru, 10, weighs: true);
        Fill(counted, 10);
        Assert.Throws<ArgumentOutOfRangeException>("capacity", () => counted.Resize(0));
        Assert.Throws<ArgumentOutOfRangeException>("capacity", () => weighed.Resize(-1, 5));
        Assert.Throws<ArgumentOutOfRangeException>("maxWeight", () => weighed.Resize(5, 0));
        Assert.Throws<ArgumentOutOfRangeException>("maxWeight", () => weighed.Resize(5, 1L << 62));
        Assert.Throws<InvalidOperationException>(() => counted.Resize(5, 5));
        Assert.Equal((10, 10, 10, 1000), (counted.Capacity, counted.Count, weighed.Capacity, weighed.MaxWeight));
    }

    private static void Fill(Cache<int, int> cache, int count)
    {
        for (int key = 0; key < count; key++)
        {
            cache.GetOrAdd(key, static key => key);
        }
    }

    private Cache<int, int> Create(EvictionPolicy policy, int capacity, bool weighs = false)
    {
        var options = new CacheOptions<int, int> { Capacity = capacity, Policy = policy, OnRemoved = (key, value, cause) => _removed.Add((key, value, cause)) };
        if (weighs)
        {
            (options.Weigher, options.MaxWeight) = ((_, value) => value, 1000);
        }

        return new Cache<int, int>(options);
    }
}
