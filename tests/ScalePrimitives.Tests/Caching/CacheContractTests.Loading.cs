using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <content>Single flight, cancellation, and writes during a load.</content>
public abstract partial class CacheContractTests
{
    [Fact]
    public void One_factory_run_serves_all_threads_that_ask_meanwhile()
    {
        ICache<string, string?> cache = Create();
        int runs = 0;
        using var release = new ManualResetEventSlim();
        Task<string?>[] callers = [.. Enumerable.Range(0, 4).Select(_ => OnThread(() => cache.GetOrAdd("a", 0, (_, _) =>
        {
            release.Wait(Deadline, TestToken);
            return $"run {Interlocked.Increment(ref runs)}";
        })))];
        WaitForMisses(cache, 4);
        Assert.Equal(0, runs);
        release.Set();

        Assert.All(callers, caller => Assert.Equal("run 1", Result(caller)));
        Assert.True(cache.TryGet("a", out string? stored));
        Assert.Equal("run 1", stored);
        CheckIntegrity(cache);
    }

    [Fact]
    public void A_factorys_exception_reaches_every_thread_that_waits_and_nothing_is_stored()
    {
        ICache<string, string?> cache = Create();
        var failure = new TimeoutException("the database is away");
        using var release = new ManualResetEventSlim();
        Task<string?>[] callers = [.. Enumerable.Range(0, 4).Select(_ => OnThread(() => cache.GetOrAdd("a", 0, (_, _) =>
        {
            release.Wait(Deadline, TestToken);
            throw failure;
        })))];
        WaitForMisses(cache, 4);
        release.Set();

        Assert.All(callers, caller => Assert.Same(failure, Assert.Throws<TimeoutException>(() => Result(caller))));
        Assert.False(cache.TryGet("a", out _));
        Assert.Equal("next", cache.GetOrAdd("a", 0, (_, _) => "next"));
        CheckIntegrity(cache);
    }

    [Fact]
    public async Task One_async_factory_run_serves_all_callers_that_ask_meanwhile()
    {
        ICache<string, string?> cache = Create();
        var gate = new TaskCompletionSource<string?>();
        int runs = 0;
        Task<string?>[] callers = [.. Enumerable.Range(0, 4).Select(_ => cache.GetOrAddAsync("a", 0, (_, _, _) =>
        {
            runs++;
            return new ValueTask<string?>(gate.Task);
        }, TestToken).AsTask())];
        Assert.Equal(1, runs);
        Assert.False(cache.TryGet("a", out _));
        gate.SetResult("1");

        Assert.All(await Task.WhenAll(callers), value => Assert.Equal("1", value));
        Assert.True(cache.TryGet("a", out _));
        CheckIntegrity(cache);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_async_factorys_exception_reaches_every_caller_and_nothing_is_stored(bool cancelled)
    {
        ICache<string, string?> cache = Create();
        Exception failure = cancelled ? new OperationCanceledException("the factory's own") : new TimeoutException("the database is away");
        var gate = new TaskCompletionSource();
        Task<string?>[] callers = [.. Enumerable.Range(0, 3).Select(_ => cache.GetOrAddAsync<int>("a", 0, async (_, _, _) =>
        {
            await gate.Task;
            throw failure;
        }, TestToken).AsTask())];
        gate.SetResult();

        foreach (Task<string?> caller in callers)
        {
            Assert.Equal(failure.Message, (await Assert.ThrowsAnyAsync<Exception>(() => caller)).Message);
        }

        Assert.False(cache.TryGet("a", out _));
        CheckIntegrity(cache);
    }

    [Fact]
    public async Task An_async_factory_that_throws_before_it_awaits_fails_the_same_way()
    {
        ICache<string, string?> cache = Create();
        Task<string?> caller = cache.GetOrAddAsync<int>("a", 0, (_, _, _) => throw new TimeoutException(), TestToken).AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => caller);
        CheckIntegrity(cache);
    }

    [Fact]
    public async Task A_factory_that_asks_for_its_own_key_gets_an_exception()
    {
        ICache<string, string?> cache = Create();
        string? Ask() => cache.GetOrAdd("a", 0, (_, _) => "inner");
        Task<string?> AskAsync() => cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult<string?>("inner"), TestToken).AsTask();

        await ThrowsAsync(() => cache.GetOrAdd("a", 0, (_, _) => Ask()));
        await ThrowsAsync(() => Result(cache.GetOrAddAsync("a", 0, async (_, _, _) => await AskAsync(), TestToken).AsTask()));
        await ThrowsAsync(() => Result(cache.GetOrAddAsync("a", 0, async (_, _, _) => { await Task.Yield(); return await AskAsync(); }, TestToken).AsTask()));
        await ThrowsAsync(() => Result(cache.GetOrAddAsync("a", 0, async (_, _, _) => await Task.Run(AskAsync), TestToken).AsTask()));
        await ThrowsAsync(() => Result(cache.GetOrAddAsync("a", 0, async (_, _, _) => { await Task.Yield(); return Ask(); }, TestToken).AsTask()));
        await ThrowsAsync(() => Result(cache.GetOrAddAsync("a", 0, async (_, _, _) =>
            await cache.GetOrAddAsync("b", 0, async (_, _, _) => await AskAsync(), TestToken), TestToken).AsTask()));
        await ThrowsAsync(() => cache.GetOrAdd("a", 0, (_, _) => cache.GetOrAdd("b", 0, (_, _) => Ask())));

        Assert.False(cache.TryGet("a", out _));
        Assert.Equal("after", cache.GetOrAdd("a", 0, (_, _) => "after"));
        CheckIntegrity(cache);

        static Task ThrowsAsync(Func<string?> call) => Assert.ThrowsAsync<InvalidOperationException>(() => OnThread(call).WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_factory_may_ask_for_other_keys_and_the_callers_flow_is_left_clean()
    {
        ICache<string, string?> cache = Create();
        Assert.Equal("b!", cache.GetOrAdd("a", 0, (_, _) => cache.GetOrAdd("b", 0, (key, _) => key) + "!"));
        Assert.Equal("d!", await cache.GetOrAddAsync("c", 0, async (_, _, _) => await cache.GetOrAddAsync("d", 0, (key, _, _) => ValueTask.FromResult<string?>(key), TestToken) + "!", TestToken));

        cache.Remove("c");
        Assert.Equal("again", await cache.GetOrAddAsync("c", 0, (_, _, _) => ValueTask.FromResult<string?>("again"), TestToken));
    }

    [Fact]
    public async Task Work_that_outlives_the_async_load_that_started_it_may_ask_for_the_key()
    {
        ICache<string, string?> cache = Create();
        var gate = new TaskCompletionSource();
        Task<string?>? background = null;
        await cache.GetOrAddAsync("a", 0, (_, _, _) =>
        {
            background = Later();
            return ValueTask.FromResult<string?>("1");
        }, TestToken);
        cache.Remove("a");
        gate.SetResult();

        Assert.Equal("2", await background!.WaitAsync(Deadline, TestToken));

        async Task<string?> Later()
        {
            await gate.Task;
            return await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult<string?>("2"), TestToken);
        }
    }

    [Theory]
    [InlineData("set")]
    [InlineData("remove")]
    public async Task A_write_during_a_load_wins_and_the_loads_result_is_only_returned(string write)
    {
        ICache<string, string?> cache = Create();
        Assert.Equal("loaded", cache.GetOrAdd("a", 0, (_, _) => { Write(); return "loaded"; }));
        AssertWritten();

        cache.Remove("a");
        var gate = new TaskCompletionSource<string?>();
        Task<string?> load = cache.GetOrAddAsync("a", 0, (_, _, _) => new ValueTask<string?>(gate.Task), TestToken).AsTask();
        Write();
        gate.SetResult("loaded");
        Assert.Equal("loaded", await load);
        AssertWritten();
        CheckIntegrity(cache);

        void Write()
        {
            if (write == "set")
            {
                cache.Set("a", "written");
            }
            else
            {
                Assert.False(cache.Remove("a"));
            }
        }

        void AssertWritten()
        {
            Assert.Equal(write == "set", cache.TryGet("a", out string? value));
            Assert.Equal(write == "set" ? "written" : null, value);
        }
    }

    [Fact]
    public async Task A_caller_after_a_removal_does_not_join_the_load_that_the_removal_overtook()
    {
        ICache<string, string?> cache = Create();
        var oldGate = new TaskCompletionSource<string?>();
        var newGate = new TaskCompletionSource<string?>();
        Task<string?> oldLoad = cache.GetOrAddAsync("a", oldGate, (_, gate, _) => new ValueTask<string?>(gate.Task), TestToken).AsTask();
        cache.Remove("a");
        Task<string?> newLoad = cache.GetOrAddAsync("a", newGate, (_, gate, _) => new ValueTask<string?>(gate.Task), TestToken).AsTask();
        newGate.SetResult("new");
        Assert.Equal("new", await newLoad);
        oldGate.SetResult("old");
        Assert.Equal("old", await oldLoad);

        Assert.True(cache.TryGet("a", out string? value));
        Assert.Equal("new", value);
        CheckIntegrity(cache);
    }

    [Fact]
    public void A_factory_that_removes_its_own_key_still_may_not_ask_for_it()
    {
        ICache<string, string?> cache = Create();
        Assert.Throws<InvalidOperationException>(() => cache.GetOrAdd("a", 0, (_, _) =>
        {
            cache.Remove("a");
            return cache.GetOrAdd("a", 0, (_, _) => "inner");
        }));
        CheckIntegrity(cache);
    }

    [Fact]
    public async Task Synchronous_callers_do_not_join_asynchronous_loads_and_the_first_to_end_is_stored()
    {
        ICache<string, string?> cache = Create();
        var gate = new TaskCompletionSource<string?>();
        Task<string?> asynchronous = cache.GetOrAddAsync("a", 0, (_, _, _) => new ValueTask<string?>(gate.Task), TestToken).AsTask();
        Assert.Equal("sync", cache.GetOrAdd("a", 0, (_, _) => "sync"));
        gate.SetResult("async");
        Assert.Equal("async", await asynchronous);
        Assert.True(cache.TryGet("a", out string? value));
        Assert.Equal("sync", value);

        cache.Remove("a");
        using var release = new ManualResetEventSlim();
        long misses = MissesOf(cache);
        Task<string?> synchronous = OnThread(() => cache.GetOrAdd("a", 0, (_, _) => { release.Wait(Deadline, TestToken); return "sync"; }));
        WaitForMisses(cache, misses + 1);
        Assert.Equal("async", await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult<string?>("async"), TestToken));
        release.Set();
        Assert.Equal("sync", Result(synchronous));
        Assert.True(cache.TryGet("a", out value));
        Assert.Equal("async", value);
        CheckIntegrity(cache);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_cancelled_waiter_leaves_at_once_and_disturbs_nobody(int cancelled)
    {
        ICache<string, string?> cache = Create();
        var gate = new TaskCompletionSource<string?>();
        CancellationToken factoryToken = default;
        using CancellationTokenSource first = new(), second = new();
        CancellationTokenSource[] sources = [first, second];
        Task<string?>[] callers = [.. sources.Select(source => cache.GetOrAddAsync("a", 0, (_, _, token) =>
        {
            factoryToken = token;
            return new ValueTask<string?>(gate.Task);
        }, source.Token).AsTask())];

        await sources[cancelled].CancelAsync();
        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => callers[cancelled].WaitAsync(Deadline, TestToken));
        Assert.Equal(sources[cancelled].Token, exception.CancellationToken);
        Assert.False(factoryToken.IsCancellationRequested);
        Assert.False(callers[1 - cancelled].IsCompleted);

        gate.SetResult("1");
        Assert.Equal("1", await callers[1 - cancelled]);
        Assert.True(cache.TryGet("a", out _));
        Assert.False(factoryToken.IsCancellationRequested);
        CheckIntegrity(cache);
    }

    [Fact]
    public async Task The_factorys_token_fires_when_the_last_waiter_is_cancelled_and_nobody_joins_that_run()
    {
        ICache<string, string?> cache = Create();
        var gate = new TaskCompletionSource<string?>();
        CancellationToken factoryToken = default;
        using CancellationTokenSource first = new(), second = new();
        Task<string?> one = cache.GetOrAddAsync("a", 0, Factory, first.Token).AsTask();
        Task<string?> two = cache.GetOrAddAsync("a", 0, Factory, second.Token).AsTask();
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => two);
        Assert.False(factoryToken.IsCancellationRequested);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Assert.True(factoryToken.IsCancellationRequested);

        Assert.Equal("fresh", await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult<string?>("fresh"), TestToken));
        gate.SetResult("too late");
        Assert.True(cache.TryGet("a", out string? value));
        Assert.Equal("fresh", value);
        CheckIntegrity(cache);

        ValueTask<string?> Factory(string key, int state, CancellationToken token)
        {
            factoryToken = token;
            return new ValueTask<string?>(gate.Task);
        }
    }

    [Fact]
    public async Task A_caller_cancelled_before_it_comes_starts_no_load()
    {
        ICache<string, string?> cache = Create();
        bool ran = false;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cache.GetOrAddAsync("a", 0, (_, _, _) =>
        {
            ran = true;
            return ValueTask.FromResult<string?>("1");
        }, new CancellationToken(canceled: true)).AsTask());
        Assert.False(ran);
        CheckIntegrity(cache);
    }
}
