using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Refresh-ahead. What a reload does is decided by the test; its end is seen in the statistics.</summary>
public class CacheRefreshTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new();
    private readonly List<(string Key, int Value, RemovalCause Cause)> _removed = [];

    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_due_value_is_returned_at_once_while_one_reload_runs_behind(EvictionPolicy policy)
    {
        using Cache<string, int> cache = Create(options => options.Policy = policy);
        using var release = new ManualResetEventSlim();
        int runs = 0;
        cache.Set("a", 1);
        _time.Advance(Minute);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(1, cache.GetOrAdd("a", _ => Reload()));
        }

        release.Set();
        WaitForLoads(cache, 1);
        Assert.Equal(2, cache.GetOrAdd("a", _ => 9));
        Assert.Equal(1, runs);
        WaitForRemoval(("a", 1, RemovalCause.Replaced));
        cache.CheckIntegrity();

        int Reload()
        {
            Assert.True(release.Wait(Patience, TestToken));
            return 1 + Interlocked.Increment(ref runs);
        }
    }

    [Fact]
    public async Task A_due_value_is_returned_at_once_while_one_asynchronous_reload_runs_behind()
    {
        using Cache<string, int> cache = Create();
        var gate = new TaskCompletionSource<int>();
        int runs = 0;
        cache.Set("a", 1);
        _time.Advance(Minute);
        for (int i = 0; i < 5; i++)
        {
            ValueTask<int> hit = Ask();
            Assert.True(hit.IsCompletedSuccessfully);
            Assert.Equal(1, await hit);
        }

        gate.SetResult(2);
        WaitForLoads(cache, 1);
        Assert.Equal(2, await Ask());
        Assert.Equal(1, runs);
        WaitForRemoval(("a", 1, RemovalCause.Replaced));
        cache.CheckIntegrity();

        ValueTask<int> Ask() => cache.GetOrAddAsync("a", 0, (_, _, _) =>
        {
            Interlocked.Increment(ref runs);
            return new ValueTask<int>(gate.Task);
        }, TestToken);
    }

    [Fact]
    public void A_reload_runs_neither_before_its_time_nor_for_other_looks()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        _time.Advance(Minute - TimeSpan.FromTicks(1));
        cache.GetOrAdd("a", _ => throw new NotSupportedException());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(cache.TryGet("a", out _));
        Assert.True(cache.Peek("a", out _));
        Assert.Single(cache);
        Assert.Equal(0, cache.Statistics.Loads);
        cache.CheckIntegrity(); // no load runs
        cache.GetOrAdd("a", _ => 2);
        WaitForLoads(cache, 1);
        Assert.Equal([KeyValuePair.Create("a", 2)], cache);
    }

    [Fact]
    public void A_reloaded_value_is_due_again_in_its_turn()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        for (int round = 1; round < 4; round++)
        {
            _time.Advance(Minute);
            Assert.Equal(round, cache.GetOrAdd("a", round, (_, round) => round + 1));
            WaitForLoads(cache, round);
            Assert.Equal(round + 1, cache.GetOrAdd("a", _ => 9));
        }
    }

    // Nobody waits for the refresh, so it is no part of the load that found the value due.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refresh_that_a_load_has_started_may_ask_for_the_key_of_that_load(bool isAsync)
    {
        using Cache<string, int> cache = Create();
        cache.Set("b", 1);
        _time.Advance(Minute);
        var found = new TaskCompletionSource();
        var refreshed = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> load = cache.GetOrAddAsync("a", 0, async (_, _, _) =>
        {
            int stale = isAsync ? await cache.GetOrAddAsync("b", 0, (_, _, _) => new ValueTask<int>(RefreshAsync()), TestToken) : cache.GetOrAdd("b", _ => Refresh());
            found.SetResult();
            await refreshed.Task.WaitAsync(Patience, TestToken);
            return stale + 1;
        }, TestToken).AsTask();
        await found.Task.WaitAsync(Patience, TestToken);
        if (isAsync)
        {
            refreshed.TrySetResult(0); // it waits for the load
        }

        Assert.Equal(2, await load.WaitAsync(Patience, TestToken));
        WaitForLoads(cache, isAsync ? 2 : 3);
        Assert.True(cache.TryGet("b", out int value));
        Assert.Equal(isAsync ? 22 : 50, value);
        Assert.Equal(0, cache.Statistics.LoadFailures);

        async Task<int> RefreshAsync() => 20 + await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(30), TestToken);

        int Refresh()
        {
            try
            {
                return 20 + cache.GetOrAdd("a", _ => 30); // a load of the other kind
            }
            finally
            {
                refreshed.TrySetResult(0);
            }
        }
    }

    [Fact]
    public void A_reload_that_fails_keeps_the_old_value_and_the_next_request_tries_again()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        _time.Advance(Minute);
        for (int round = 1; round < 4; round++)
        {
            Assert.Equal(1, AskWhileReloading(cache, round, () => throw new TimeoutException()));
            Assert.Equal(round, cache.Statistics.LoadFailures);
        }

        Assert.Equal(1, AskWhileReloading(cache, 4, () => 2));
        Assert.Equal([KeyValuePair.Create("a", 2)], cache);
        cache.CheckIntegrity();
    }

    [Fact]
    public void An_asynchronous_reload_that_fails_or_is_cancelled_keeps_the_old_value_and_the_next_request_tries_again()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        _time.Advance(Minute);
        Exception[] failures = [new TimeoutException(), new OperationCanceledException()];
        for (int round = 1; round <= 2; round++)
        {
            Assert.Equal(1, AskWhileReloading(cache, round, () => throw failures[round - 1], isAsync: true));
        }

        Assert.Equal(2, cache.Statistics.LoadFailures);
        Assert.Equal(1, AskWhileReloading(cache, 3, () => 2, isAsync: true));
        Assert.Equal([KeyValuePair.Create("a", 2)], cache);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_refused_weight_fails_the_reload()
    {
        using Cache<string, int> cache = Create(options => (options.MaxWeight, options.Weigher) = (100, (_, value) => value));
        cache.Set("a", 1);
        _time.Advance(Minute);
        Assert.Equal(1, AskWhileReloading(cache, 1, () => -1));
        Assert.Equal(1, cache.Statistics.LoadFailures);
        Assert.Equal(1, AskWhileReloading(cache, 2, () => 2));
        Assert.Equal(2, cache.Weight);
        cache.CheckIntegrity();
    }

    public static TheoryData<string> Writes => ["Set", "Remove", "Clear", "TryUpdate", "AddOrUpdate", "Set with a time to live", "RemoveWhere"];

    [Theory]
    [MemberData(nameof(Writes))]
    public void A_write_during_the_reload_wins(string write)
    {
        using Cache<string, int> cache = Create();
        using var release = new ManualResetEventSlim();
        cache.Set("a", 1);
        _time.Advance(Minute);
        Assert.Equal(1, cache.GetOrAdd("a", _ => Reload(release)));
        Write(cache, write);
        KeyValuePair<string, int>[] written = [.. cache];
        release.Set();
        WaitForLoads(cache, 1);
        Assert.Equal(written, cache);
        Assert.DoesNotContain(_removed, removal => removal.Value == 7);
        cache.CheckIntegrity();
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_write_during_the_asynchronous_reload_wins(string write)
    {
        using Cache<string, int> cache = Create();
        var gate = new TaskCompletionSource<int>();
        cache.Set("a", 1);
        _time.Advance(Minute);
        Assert.Equal(1, await cache.GetOrAddAsync("a", 0, (_, _, _) => new ValueTask<int>(gate.Task), TestToken));
        Write(cache, write);
        KeyValuePair<string, int>[] written = [.. cache];
        gate.SetResult(7);
        WaitForLoads(cache, 1);
        Assert.Equal(written, cache);
        Assert.DoesNotContain(_removed, removal => removal.Value == 7);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_value_that_expires_during_its_reload_is_loaded_by_the_one_that_asks_without_waiting()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute * 2);
        using var release = new ManualResetEventSlim();
        cache.Set("a", 1);
        _time.Advance(Minute);
        Assert.Equal(1, cache.GetOrAdd("a", _ => Reload(release)));
        _time.Advance(Minute);
        Assert.False(cache.TryGet("a", out _));
        Assert.Equal(2, cache.GetOrAdd("a", _ => 2)); // a reload may be queued behind the very thread that asks
        release.Set();
        WaitForLoads(cache, 2);
        Assert.Equal([KeyValuePair.Create("a", 2)], cache);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_value_that_expires_during_its_asynchronous_reload_is_awaited_from_it()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute * 2);
        var gate = new TaskCompletionSource<int>();
        CancellationToken reloadToken = default;
        cache.Set("a", 1);
        _time.Advance(Minute);
        Assert.Equal(1, await cache.GetOrAddAsync("a", 0, (_, _, token) =>
        {
            reloadToken = token;
            return new ValueTask<int>(gate.Task);
        }, TestToken));
        _time.Advance(Minute);
        Task<int> second = Ask(TestToken);
        using var source = new CancellationTokenSource();
        Task<int> third = Ask(source.Token);
        Assert.False(second.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        gate.SetResult(7);
        Assert.Equal(7, await second);
        Assert.Equal(7, await Ask(TestToken));
        Assert.False(reloadToken.IsCancellationRequested);
        WaitForLoads(cache, 1);
        cache.CheckIntegrity();

        Task<int> Ask(CancellationToken token) => cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(9), token).AsTask();
    }

    [Fact]
    public async Task Callers_that_join_a_reload_and_give_up_do_not_end_it()
    {
        using Cache<string, int> cache = Create(options => options.ExpireAfterWrite = Minute * 2);
        var gate = new TaskCompletionSource<int>();
        CancellationToken reloadToken = default;
        cache.Set("a", 1);
        _time.Advance(Minute);
        await cache.GetOrAddAsync("a", 0, (_, _, token) =>
        {
            reloadToken = token;
            return new ValueTask<int>(gate.Task);
        }, TestToken);
        _time.Advance(Minute);
        using var source = new CancellationTokenSource();
        Task<int> joined = cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(9), source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => joined);
        Assert.False(reloadToken.IsCancellationRequested);
        gate.SetResult(7);
        WaitForLoads(cache, 1);
        Assert.Equal([KeyValuePair.Create("a", 7)], cache);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_reload_that_ends_after_disposal_stores_nothing()
    {
        Cache<string, int> cache = Create();
        using var release = new ManualResetEventSlim();
        cache.Set("a", 1);
        _time.Advance(Minute);
        cache.GetOrAdd("a", _ => Reload(release));
        cache.Dispose();
        release.Set();
        WaitForLoads(cache, 1);
        Assert.Equal(0, cache.Count);
        Assert.Equal([("a", 1, RemovalCause.Removed)], _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_due_value_counts_as_a_hit_and_its_reload_as_no_request()
    {
        using Cache<string, int> cache = Create(options => options.RecordStatistics = true);
        cache.Set("a", 1);
        _time.Advance(Minute);
        cache.GetOrAdd("a", _ => 2);
        WaitForLoads(cache, 1);
        Assert.Equal(new CacheStatistics { Hits = 1, Misses = 0, Loads = 1 }, cache.Statistics);
    }

    [Fact]
    public void A_lookup_by_another_form_of_the_key_reloads_too()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        _time.Advance(Minute);
        Assert.Equal(1, cache.GetAlternateLookup<ReadOnlySpan<char>>().GetOrAdd("a", 0, (_, _) => 2));
        WaitForLoads(cache, 1);
        Assert.Equal([KeyValuePair.Create("a", 2)], cache);
    }

    private static int Reload(ManualResetEventSlim release)
    {
        Assert.True(release.Wait(Patience));
        return 7;
    }

    private static void Write(Cache<string, int> cache, string write)
    {
        switch (write)
        {
            case "Set":
                cache.Set("a", 2);
                break;
            case "Set with a time to live":
                cache.Set("a", 2, Minute);
                break;
            case "TryUpdate":
                Assert.True(cache.TryUpdate("a", 2, 1));
                break;
            case "AddOrUpdate":
                Assert.Equal(2, cache.AddOrUpdate("a", 5, (_, value) => value + 1));
                break;
            case "Remove":
                Assert.True(cache.Remove("a"));
                break;
            case "RemoveWhere":
                Assert.Equal(1, cache.RemoveWhere((_, _) => true));
                break;
            default:
                cache.Clear();
                break;
        }
    }

    // Asks until the reload has begun, because a failure before it gives its claim back only after it is counted; and ends it after.
    private static int AskWhileReloading(Cache<string, int> cache, int loads, Func<int> reload, bool isAsync = false)
    {
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        int value = 0;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                ValueTask<int> hit = isAsync
                    ? cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(Reload()), TestToken)
                    : ValueTask.FromResult(cache.GetOrAdd("a", _ => Reload()));
                Assert.True(hit.IsCompletedSuccessfully);
                value = hit.Result;
                return started.IsSet;
            },
            Patience));
        release.Set();
        WaitForLoads(cache, loads);
        return value;

        int Reload()
        {
            started.Set();
            Assert.True(release.Wait(Patience));
            return reload();
        }
    }

    private static void WaitForLoads(Cache<string, int> cache, int count)
    {
        Assert.True(SpinWait.SpinUntil(() => cache.Statistics.Loads >= count, Patience));
        Assert.Equal(count, cache.Statistics.Loads);
    }

    // Callbacks come after the load has been counted.
    private void WaitForRemoval((string, int, RemovalCause) removal)
    {
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                lock (_removed)
                {
                    return _removed.Count > 0;
                }
            },
            Patience));
        Assert.Equal([removal], _removed);
    }

    private Cache<string, int> Create(Action<CacheOptions<string, int>>? configure = null)
    {
        var options = new CacheOptions<string, int>
        {
            Capacity = 10,
            RefreshAfterWrite = Minute,
            TimeProvider = _time,
            OnRemoved = (key, value, cause) =>
            {
                lock (_removed)
                {
                    _removed.Add((key, value, cause));
                }
            },
        };
        configure?.Invoke(options);
        return new Cache<string, int>(options);
    }
}
