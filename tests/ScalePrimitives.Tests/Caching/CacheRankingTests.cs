using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class CacheRankingTests
{
    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    [Theory]
    [InlineData(EvictionPolicy.Lru, "d a c b")]
    [InlineData(EvictionPolicy.Lfu, "d c a b")]
    [InlineData(EvictionPolicy.Fifo, "a b c d")]
    public void The_exact_policies_rank_as_they_evict(EvictionPolicy policy, string coldestFirst)
    {
        using var cache = new Cache<string, int>(4, policy);
        cache.Set("a", 1);
        cache.Set("b", 2);
        cache.Set("c", 3);
        cache.Set("d", 4);
        cache.TryGet("a", out _);
        cache.TryGet("b", out _);
        cache.Set("a", 1);
        cache.GetOrAdd("c", _ => 0);
        cache.TryGet("b", out _);
        cache.TryGet("b", out _);

        string[] order = coldestFirst.Split(' ');
        Assert.Equal(order, Keys(cache.Coldest(10)));
        Assert.Equal(order.Reverse(), Keys(cache.Hottest(10)));
        Assert.Equal(order.Take(2), Keys(cache.Coldest(2)));
        Assert.Equal(order.Reverse().Take(3), Keys(cache.Hottest(3)));
        Assert.Empty(cache.Hottest(0));

        // And so they evict.
        var evicted = new List<string>();
        for (int size = 3; size >= 1; size--)
        {
            string[] before = Keys(cache);
            cache.Resize(size);
            evicted.Add(Assert.Single(before.Except(Keys(cache))));
        }

        Assert.Equal(order.Take(3), evicted);
    }

    [Fact]
    public void Adaptive_ranks_what_is_asked_for_often_hotter()
    {
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 100, Seed = 1 });
        for (int round = 0; round < 20; round++)
        {
            for (int key = 0; key < 10; key++)
            {
                cache.GetOrAdd(key, static key => key);
            }

            for (int key = 0; key < 30; key++)
            {
                cache.GetOrAdd(1000 + (30 * round) + key, static key => key);
            }
        }

        Assert.Equal(Enumerable.Range(0, 10), cache.Hottest(10).Select(entry => entry.Key).Order());
        Assert.DoesNotContain(cache.Coldest(90), entry => entry.Key < 10);
        Assert.Equal(cache.ToHashSet(), cache.Hottest(int.MaxValue).ToHashSet());
        Assert.Equal(cache.Hottest(100).Reverse(), cache.Coldest(100));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_ranking_is_a_copy_and_no_use(EvictionPolicy policy)
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, Policy = policy, RecordStatistics = true });
        cache.Set("a", 1);
        cache.Set("b", 2);
        IReadOnlyList<KeyValuePair<string, int>> hottest = cache.Hottest(1);
        string[] order = Keys(cache.Hottest(2));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(order, Keys(cache.Hottest(2)));
            Assert.Equal(order.Reverse(), Keys(cache.Coldest(2)));
        }

        Assert.Equal(0, cache.Statistics.Hits);
        cache.Set("a", 3);
        cache.Set("b", 3);
        Assert.NotEqual(3, Assert.Single(hottest).Value);
        Assert.Throws<ArgumentOutOfRangeException>("count", () => cache.Hottest(-1));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => cache.Coldest(-1));
        using var empty = new Cache<string, int>(10, policy);
        Assert.Empty(empty.Hottest(5));
        Assert.Empty(empty.Coldest(5));
    }

    private static string[] Keys(IEnumerable<KeyValuePair<string, int>> entries) => [.. entries.Select(entry => entry.Key)];
}
