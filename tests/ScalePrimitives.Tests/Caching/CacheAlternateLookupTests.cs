using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class CacheAlternateLookupTests
{
    [Fact]
    public void It_reads_and_writes_the_same_cache()
    {
        using var cache = new Cache<string, int>(10);
        var lookup = cache.GetAlternateLookup<ReadOnlySpan<char>>();
        cache.Set("one", 1);
        lookup.Set("two and more".AsSpan(0, 3), 2);
        Assert.True(lookup.TryGet("one", out int one));
        Assert.Equal(1, one);
        Assert.True(cache.TryGet("two", out int two));
        Assert.Equal(2, two);
        Assert.True(lookup.ContainsKey("two"));
        Assert.True(lookup.Remove("two"));
        Assert.False(lookup.Remove("two"));
        Assert.False(lookup.ContainsKey("two"));
        Assert.False(lookup.TryGet("two", out _));
        Assert.Same(cache, lookup.Cache);
        cache.CheckIntegrity();
    }

    [Fact]
    public void It_loads_with_a_key_of_the_cache_made_only_when_there_is_no_value()
    {
        using var cache = new Cache<string, string>(10);
        var lookup = cache.GetAlternateLookup<ReadOnlySpan<char>>();
        Assert.Equal("user:7!", lookup.GetOrAdd("user:7".AsSpan(), "!", static (key, mark) => key + mark));
        Assert.Equal("user:7!", lookup.GetOrAdd("user:7".AsSpan(), "?", static (key, mark) => key + mark));
        Assert.Throws<ArgumentNullException>(() => cache.GetAlternateLookup<ReadOnlySpan<char>>().GetOrAdd<int>("a", 0, null!));
    }

    [Fact]
    public void It_counts_requests_like_the_cache_and_its_hits_allocate_nothing()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, RecordStatistics = true });
        cache.Set("key", 1);
        var lookup = cache.GetAlternateLookup<ReadOnlySpan<char>>();
        lookup.TryGet("none", out _);
        Allocations.AssertNone(() => cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGet("key", out _) ? 1UL : 0);
        Assert.Equal(1, cache.Statistics.Misses);
        Assert.True(cache.Statistics.Hits > 0);
    }

    [Fact]
    public void A_comparer_of_the_callers_own_is_followed()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, KeyComparer = StringComparer.OrdinalIgnoreCase });
        cache.Set("Key", 1);
        Assert.True(cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGet("KEY", out int value));
        Assert.Equal(1, value);
    }

    [Fact]
    public void A_comparer_that_knows_no_other_form_is_refused_with_both_types_named()
    {
        using var cache = new Cache<int, int>(10);
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => cache.GetAlternateLookup<string>());
        Assert.Contains("Int32", exception.Message, StringComparison.Ordinal);
        Assert.Contains("String", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_cache_is_disposed_for_it_too()
    {
        var cache = new Cache<string, int>(10);
        cache.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGet("a", out _));
        Assert.Throws<ObjectDisposedException>(() => cache.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey("a"));
    }
}
