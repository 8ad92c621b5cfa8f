using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>What every <see cref="ICache{TKey, TValue}"/> promises. A test of an implementation inherits from this.</summary>
public abstract partial class CacheContractTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Makes an empty cache that holds at least <paramref name="capacity"/> entries.</summary>
    protected abstract ICache<string, string?> Create(int capacity = 100);

    /// <summary>Returns how many requests have found no value: a test waits on it until all have joined a load.</summary>
    protected abstract long MissesOf(ICache<string, string?> cache);

    /// <summary>Throws when the cache's structures disagree; called when no call is in progress.</summary>
    protected abstract void CheckIntegrity(ICache<string, string?> cache);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public void An_empty_cache_finds_nothing()
    {
        ICache<string, string?> cache = Create();

        Assert.False(cache.TryGet("a", out string? value));
        Assert.Null(value);
        Assert.False(cache.Remove("a"));
        CheckIntegrity(cache);
    }

    [Fact]
    public void A_value_set_is_found_replaced_and_removed()
    {
        ICache<string, string?> cache = Create();
        cache.Set("a", "1");
        cache.Set("b", "2");
        Assert.True(cache.TryGet("a", out string? value));
        Assert.Equal("1", value);

        cache.Set("a", "3");
        Assert.True(cache.TryGet("a", out value));
        Assert.Equal("3", value);

        Assert.True(cache.Remove("a"));
        Assert.False(cache.TryGet("a", out _));
        Assert.False(cache.Remove("a"));
        Assert.True(cache.TryGet("b", out value));
        Assert.Equal("2", value);
        CheckIntegrity(cache);
    }

    [Fact]
    public void Set_stores_even_when_the_cache_is_full()
    {
        ICache<string, string?> cache = Create(capacity: 3);
        for (int i = 0; i < 100; i++)
        {
            string key = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            cache.Set(key, key);
            Assert.True(cache.TryGet(key, out string? value));
            Assert.Equal(key, value);
            CheckIntegrity(cache);
        }
    }

    [Fact]
    public async Task A_null_value_is_a_value()
    {
        ICache<string, string?> cache = Create();
        cache.Set("set", null);
        Assert.True(cache.TryGet("set", out string? value));
        Assert.Null(value);

        Assert.Null(cache.GetOrAdd("set", 0, (_, _) => "loaded again"));
        Assert.Null(cache.GetOrAdd("loaded", 0, (_, _) => null));
        Assert.Null(cache.GetOrAdd("loaded", 0, (_, _) => "loaded again"));
        Assert.Null(await cache.GetOrAddAsync("loaded", 0, (_, _, _) => ValueTask.FromResult<string?>("loaded again"), TestToken));
        Assert.True(cache.Remove("loaded"));
    }

    [Fact]
    public void Null_arguments_are_refused_by_name()
    {
        ICache<string, string?> cache = Create();
        Assert.Throws<ArgumentNullException>("key", () => cache.TryGet(null!, out _));
        Assert.Throws<ArgumentNullException>("key", () => cache.Set(null!, "1"));
        Assert.Throws<ArgumentNullException>("key", () => cache.Remove(null!));
        Assert.Throws<ArgumentNullException>("key", () => cache.GetOrAdd(null!, 0, (_, _) => "1"));
        Assert.Throws<ArgumentNullException>("factory", () => cache.GetOrAdd("a", 0, null!));
        Assert.Throws<ArgumentNullException>("key", () => { _ = cache.GetOrAddAsync(null!, 0, (_, _, _) => default, TestToken).AsTask(); });
        Assert.Throws<ArgumentNullException>("factory", () => { _ = cache.GetOrAddAsync("a", 0, null!, TestToken).AsTask(); });
        CheckIntegrity(cache);
    }

    [Fact]
    public async Task GetOrAdd_hands_the_state_to_the_factory_once_and_stores_the_result()
    {
        ICache<string, string?> cache = Create();
        Assert.Equal("a7", cache.GetOrAdd("a", 7, static (key, state) => $"{key}{state}"));
        Assert.Equal("a7", cache.GetOrAdd("a", 8, static (key, state) => $"{key}{state}"));
        Assert.Equal("b7", await cache.GetOrAddAsync("b", 7, static async (key, state, _) => { await Task.Yield(); return $"{key}{state}"; }, TestToken));
        Assert.Equal("b7", await cache.GetOrAddAsync("b", 8, static (key, state, _) => ValueTask.FromResult<string?>($"{key}{state}"), TestToken));
        CheckIntegrity(cache);
    }

    [Fact]
    public async Task An_async_hit_is_completed_at_once_even_for_a_cancelled_caller()
    {
        ICache<string, string?> cache = Create();
        cache.Set("a", "1");
        ValueTask<string?> hit = cache.GetOrAddAsync("a", 0, (_, _, _) => throw new InvalidOperationException("not run"), new CancellationToken(canceled: true));
        Assert.True(hit.IsCompletedSuccessfully);
        Assert.Equal("1", await hit);
    }

    /// <summary>Runs on a thread of its own, because pool threads may all be blocked in factories.</summary>
    protected static Task<T> OnThread<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    protected static T Result<T>(Task<T> task) => task.WaitAsync(Deadline).GetAwaiter().GetResult();

    private void WaitForMisses(ICache<string, string?> cache, long count) =>
        Assert.True(SpinWait.SpinUntil(() => MissesOf(cache) >= count, Deadline), "Not all callers arrived.");
}
