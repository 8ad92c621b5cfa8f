using System.Collections;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Enumeration of a cache that is written to meanwhile.</summary>
public class CacheSnapshotTests
{
    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    [Theory]
    [MemberData(nameof(Policies))]
    public void What_is_written_while_one_enumerates_is_not_seen(EvictionPolicy policy)
    {
        using var cache = new Cache<int, int>(100, policy);
        for (int key = 0; key < 100; key++)
        {
            cache.Set(key, key);
        }

        var seen = new List<KeyValuePair<int, int>>();
        foreach (KeyValuePair<int, int> entry in cache)
        {
            seen.Add(entry);
            cache.Set(1000 + seen.Count, 0); // evicts
            cache.Set(seen.Count, -1); // replaces
            cache.Remove(entry.Key);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(key => KeyValuePair.Create(key, key)), seen.OrderBy(entry => entry.Key));
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_cleared_or_disposed_cache_leaves_its_snapshots(EvictionPolicy policy)
    {
        using var cache = new Cache<int, int>(100, policy);
        cache.Set(1, 1);
        IEnumerator entries = ((IEnumerable)cache).GetEnumerator();
        cache.Clear();
        cache.Dispose();
        Assert.True(entries.MoveNext());
        Assert.Equal(KeyValuePair.Create(1, 1), entries.Current);
        Assert.False(entries.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => ((IEnumerable)cache).GetEnumerator());
    }

    [Fact]
    public void An_empty_cache_has_an_empty_snapshot()
    {
        using var cache = new Cache<int, int>(100);
        Assert.Empty(cache);
        cache.Set(1, 1);
        cache.Remove(1);
        Assert.Empty(cache);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Enumeration_is_no_use(EvictionPolicy policy)
    {
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 10, Policy = policy, RecordStatistics = true });
        for (int key = 0; key < 10; key++)
        {
            cache.Set(key, key);
        }

        KeyValuePair<int, int>[] before = [.. cache.Coldest(10)];
        Assert.Equal(10, cache.ToArray().Length);
        Assert.Equal(before, cache.Coldest(10));
        Assert.Equal(0, cache.Statistics.Hits);
    }
}
