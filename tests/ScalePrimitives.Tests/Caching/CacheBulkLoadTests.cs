using ScalePrimitives.Caching;
using Values = System.Collections.Generic.IReadOnlyDictionary<string, int>;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Loading of many keys by one run of a factory.</summary>
public class CacheBulkLoadTests
{
    private readonly List<(string Key, int Value, RemovalCause Cause)> _removed = [];

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_run_loads_all_keys_that_are_neither_there_nor_being_loaded()
    {
        using Cache<string, int> cache = Create();
        cache.Set("hit", 1);
        var joined = new TaskCompletionSource<int>();
        Task<int> single = cache.GetOrAddAsync("joined", 0, (_, _, _) => new ValueTask<int>(joined.Task), TestToken).AsTask();
        var asked = new List<IReadOnlyCollection<string>>();
        Task<Values> many = Many(cache, ["a", "hit", "joined", "b", "a"], keys =>
        {
            asked.Add(keys);
            return Lengths(keys);
        });
        Assert.False(many.IsCompleted);
        joined.SetResult(5);

        Assert.Equal([("a", 1), ("b", 1), ("hit", 1), ("joined", 5)], Sorted(await many));
        Assert.Equal(["a", "b"], Assert.Single(asked).Order(StringComparer.Ordinal));
        Assert.Equal(5, await single);
        Assert.Equal([("a", 1), ("b", 1), ("hit", 1), ("joined", 5)], Sorted(cache));
        Assert.Equal(new CacheStatistics { Hits = 1, Misses = 4, Loads = 3 }, cache.Statistics);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task When_all_is_there_or_being_loaded_no_factory_runs()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        ValueTask<Values> hits = cache.GetOrAddManyAsync(["a", "a"], 0, Fail, TestToken);
        Assert.True(hits.IsCompletedSuccessfully);
        Assert.Equal([("a", 1)], Sorted(await hits));
        Assert.Empty(await cache.GetOrAddManyAsync([], 0, Fail, TestToken));

        var gate = new TaskCompletionSource<Values>();
        Task<Values> first = Many(cache, ["b", "c"], _ => gate.Task);
        Task<Values> second = cache.GetOrAddManyAsync(["c", "b", "a"], 0, Fail, TestToken).AsTask();
        gate.SetResult(new Dictionary<string, int> { ["b"] = 2, ["c"] = 3 });
        Assert.Equal([("a", 1), ("b", 2), ("c", 3)], Sorted(await second));
        Assert.Equal([("b", 2), ("c", 3)], Sorted(await first));
        cache.CheckIntegrity();

        static ValueTask<Values> Fail(IReadOnlyCollection<string> keys, int state, CancellationToken token) => throw new NotSupportedException();
    }

    [Fact]
    public async Task Keys_without_a_value_are_left_out_and_asked_for_again()
    {
        using Cache<string, int> cache = Create();
        for (int round = 1; round <= 2; round++)
        {
            Assert.Empty(await Many(cache, ["a", "b"], _ => Task.FromResult<Values>(new Dictionary<string, int>())));
            Assert.Equal(0, cache.Count);
            Assert.Equal(2 * round, cache.Statistics.Loads);
            Assert.Equal(0, cache.Statistics.LoadFailures);
        }

        cache.CheckIntegrity();
    }

    [Fact]
    public async Task Keys_that_were_not_asked_for_are_ignored()
    {
        using Cache<string, int> cache = Create();
        cache.Set("b", 1);
        Assert.Equal([("a", 1)], Sorted(await Many(cache, ["a"], _ => Task.FromResult<Values>(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2, ["c"] = 3 }))));
        Assert.Equal([("a", 1), ("b", 1)], Sorted(cache));
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task The_comparer_says_which_keys_are_one()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, KeyComparer = StringComparer.OrdinalIgnoreCase });
        IReadOnlyCollection<string>? asked = null;
        Values values = await Many(cache, ["a", "A"], keys =>
        {
            asked = keys;
            return Lengths(keys);
        });
        Assert.Equal(["a"], asked!);
        Assert.Equal(1, values["A"]);
        Assert.Equal(1, cache.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_reaches_all_who_wait_and_nothing_is_stored(bool atOnce)
    {
        using Cache<string, int> cache = Create();
        var failure = new TimeoutException();
        var gate = new TaskCompletionSource<Values>();
        Task<Values> first = Many(cache, ["a", "b"], _ => atOnce ? throw failure : gate.Task);
        if (!atOnce)
        {
            Task<Values> second = Many(cache, ["b", "c"], Lengths);
            Task<int> single = One(cache, "a");
            gate.SetException(failure);
            Assert.Same(failure, await Assert.ThrowsAsync<TimeoutException>(() => second));
            Assert.Same(failure, await Assert.ThrowsAsync<TimeoutException>(() => single));
            Assert.True(cache.Remove("c")); // the second's own
        }

        Assert.Same(failure, await Assert.ThrowsAsync<TimeoutException>(() => first));
        Assert.Equal(0, cache.Count);
        Assert.Equal(2, cache.Statistics.LoadFailures);
        cache.CheckIntegrity();
        Assert.Equal(2, (await Many(cache, ["a", "b"], Lengths)).Count);
    }

    [Fact]
    public async Task Null_for_all_values_is_an_exception_that_says_so()
    {
        using Cache<string, int> cache = Create();
        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Many(cache, ["a"], _ => Task.FromResult<Values>(null!)));
        Assert.Contains("null", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task Single_callers_join_and_load_for_themselves_what_the_run_did_not_find()
    {
        using Cache<string, int> cache = Create();
        var gate = new TaskCompletionSource<Values>();
        Task<Values> many = Many(cache, ["found", "not found"], _ => gate.Task);
        Task<int> found = One(cache, "found");
        Task<int> notFound = One(cache, "not found");
        Assert.Equal(0, cache.Statistics.Loads);
        gate.SetResult(new Dictionary<string, int> { ["found"] = 1 });
        Assert.Equal([("found", 1)], Sorted(await many));
        Assert.Equal(1, await found);
        Assert.Equal(77, await notFound);
        Assert.Equal([("found", 1), ("not found", 77)], Sorted(cache));
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_write_during_the_run_wins_for_its_key_alone()
    {
        using Cache<string, int> cache = Create();
        var gate = new TaskCompletionSource<Values>();
        Task<Values> many = Many(cache, ["set", "removed", "left"], _ => gate.Task);
        cache.Set("set", 5);
        cache.Remove("removed");
        gate.SetResult(new Dictionary<string, int> { ["set"] = 1, ["removed"] = 2, ["left"] = 3 });
        Assert.Equal([("left", 3), ("removed", 2), ("set", 1)], Sorted(await many));
        Assert.Equal([("left", 3), ("set", 5)], Sorted(cache));
        Assert.Empty(_removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task The_runs_token_fires_only_when_every_caller_of_every_key_has_given_up()
    {
        using Cache<string, int> cache = Create();
        using CancellationTokenSource first = new(), second = new(), third = new();
        CancellationToken run = default;
        var gate = new TaskCompletionSource<Values>();
        Task<Values> many = cache.GetOrAddManyAsync(["a", "b"], 0, (_, _, token) =>
        {
            run = token;
            return new ValueTask<Values>(gate.Task);
        }, first.Token).AsTask();
        Task<int> single = One(cache, "b", second.Token);
        Task<Values> joined = cache.GetOrAddManyAsync<int>(["a"], 0, (_, _, _) => throw new NotSupportedException(), third.Token).AsTask();

        await GiveUp(first, many);
        Assert.False(run.IsCancellationRequested);
        await GiveUp(third, joined);
        Assert.False(run.IsCancellationRequested);
        await GiveUp(second, single);
        Assert.True(SpinWait.SpinUntil(() => run.IsCancellationRequested, TimeSpan.FromSeconds(30))); // on the pool
        gate.SetCanceled(run);
        Assert.True(SpinWait.SpinUntil(() => cache.Statistics.Loads == 2, TimeSpan.FromSeconds(30)));
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();

        static async Task GiveUp(CancellationTokenSource source, Task caller)
        {
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_the_others_their_values()
    {
        using Cache<string, int> cache = Create();
        using var source = new CancellationTokenSource();
        var gate = new TaskCompletionSource<Values>();
        Task<Values> many = cache.GetOrAddManyAsync(["a", "b"], 0, (_, _, _) => new ValueTask<Values>(gate.Task), source.Token).AsTask();
        Task<Values> other = Many(cache, ["a", "b"], Lengths);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => many);
        gate.SetResult(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 });
        Assert.Equal([("a", 1), ("b", 2)], Sorted(await other));
        Assert.Equal(2, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task With_a_token_that_has_fired_hits_are_returned_and_nothing_is_loaded()
    {
        using Cache<string, int> cache = Create();
        cache.Set("a", 1);
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        Assert.Equal([("a", 1)], Sorted(await cache.GetOrAddManyAsync(["a"], 0, (_, _, _) => throw new NotSupportedException(), source.Token)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cache.GetOrAddManyAsync(["a", "b"], 0, (_, _, _) => throw new NotSupportedException(), source.Token));
        Assert.Equal(0, cache.Statistics.Loads);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_factory_that_asks_for_a_key_of_its_own_is_refused_and_nothing_has_begun()
    {
        using Cache<string, int> cache = Create();
        await Refused(async keys => { await One(cache, "b"); return await Lengths(keys); });
        await Refused(async keys => { await Task.Yield(); return await Many(cache, ["c", "a"], Lengths); });
        await Refused(async keys => { await Task.Run(() => cache.GetOrAdd("a", _ => 1), TestToken); return await Lengths(keys); });
        await Assert.ThrowsAsync<InvalidOperationException>(() => cache.GetOrAddAsync("a", 0, async (_, _, _) => (await Many(cache, ["a", "c"], Lengths)).Count, TestToken).AsTask());
        Assert.False(cache.ContainsKey("c"));
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();

        Task Refused(Func<IReadOnlyCollection<string>, Task<Values>> factory) => Assert.ThrowsAsync<InvalidOperationException>(() => Many(cache, ["a", "b"], factory));
    }

    [Fact]
    public async Task Values_beyond_the_bound_are_returned_all_the_same()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int>
        {
            Capacity = 2,
            Policy = EvictionPolicy.Lru,
            MaxWeight = 5,
            Weigher = (_, value) => value,
            OnRemoved = (key, value, cause) => _removed.Add((key, value, cause)),
        });
        Values values = await Many(cache, ["a", "bb", "cc", "dddddd"], Lengths);
        Assert.Equal([("a", 1), ("bb", 2), ("cc", 2), ("dddddd", 6)], Sorted(values));
        Assert.Equal([("bb", 2), ("cc", 2)], Sorted(cache));
        Assert.Equal([("a", 1, RemovalCause.Evicted), ("dddddd", 6, RemovalCause.Overweight)], _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_value_that_is_refused_fails_its_key_alone()
    {
        using var cache = new Cache<string, int>(new CacheOptions<string, int> { MaxWeight = 5, Weigher = (key, value) => key == "b" ? -1 : value });
        await Assert.ThrowsAsync<InvalidOperationException>(() => Many(cache, ["a", "b", "c"], Lengths));
        Assert.Equal([("a", 1), ("c", 1)], Sorted(cache));
        Assert.Equal(1, cache.Statistics.LoadFailures);
        Assert.Equal(3, cache.Statistics.Loads);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task Callbacks_that_throw_leave_the_call_whose_factory_ran_after_all_keys_have_ended()
    {
        var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 1, OnRemoved = (_, _, _) => throw new TimeoutException() });
        cache.Set("old", 0);
        var gate = new TaskCompletionSource<Values>();
        Task<Values> first = Many(cache, ["a", "b"], _ => gate.Task);
        Task<Values> second = Many(cache, ["a", "b"], Lengths);
        gate.SetResult(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 });
        Assert.Equal([("a", 1), ("b", 2)], Sorted(await second));
        AggregateException failure = await Assert.ThrowsAsync<AggregateException>(() => first);
        Assert.Equal(2, failure.InnerExceptions.Count);
        Assert.Equal(1, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task Null_values_are_values()
    {
        using var cache = new Cache<string, string?>(10);
        IReadOnlyDictionary<string, string?> values = await cache.GetOrAddManyAsync(
            ["a"], 0, (_, _, _) => ValueTask.FromResult<IReadOnlyDictionary<string, string?>>(new Dictionary<string, string?> { ["a"] = null }), TestToken);
        Assert.Equal([KeyValuePair.Create("a", (string?)null)], values);
        Assert.True(cache.ContainsKey("a"));
    }

    [Fact]
    public async Task Bad_arguments_are_refused_before_anything_starts()
    {
        using Cache<string, int> cache = Create();
        await Assert.ThrowsAsync<ArgumentNullException>("keys", () => Many(cache, null!, Lengths));
        await Assert.ThrowsAsync<ArgumentNullException>("factory", async () => await cache.GetOrAddManyAsync(["a"], 0, null!, TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("key", () => Many(cache, ["a", null!], _ => throw new NotSupportedException()));
        await Assert.ThrowsAsync<TimeoutException>(() => Many(cache, Failing(), _ => throw new NotSupportedException()));
        cache.CheckIntegrity();
        cache.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Many(cache, [], Lengths));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Many(cache, ["a"], Lengths));

        static IEnumerable<string> Failing()
        {
            yield return "a";
            throw new TimeoutException();
        }
    }

    [Fact]
    public async Task Disposal_during_the_run_leaves_the_callers_their_values_and_stores_nothing()
    {
        Cache<string, int> cache = Create();
        var gate = new TaskCompletionSource<Values>();
        Task<Values> many = Many(cache, ["a"], _ => gate.Task);
        cache.Dispose();
        gate.SetResult(new Dictionary<string, int> { ["a"] = 1 });
        Assert.Equal([("a", 1)], Sorted(await many));
        Assert.Equal(0, cache.Count);
        Assert.Empty(_removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_factory_that_loads_in_turn_compares_its_keys_a_few_times_each()
    {
        const int count = 2_000;
        var comparer = new CountingComparer();
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 10 * count, KeyComparer = comparer });
        IReadOnlyDictionary<int, int> values = await cache.GetOrAddManyAsync(Enumerable.Range(0, count), 0, async (keys, _, token) =>
        {
            var loaded = new Dictionary<int, int>();
            foreach (int key in keys)
            {
                loaded[key] = await cache.GetOrAddAsync(count + key, 0, (inner, _, _) => ValueTask.FromResult(inner), token);
            }

            return loaded;
        }, TestToken);
        Assert.Equal(count, values.Count);
        Assert.InRange(comparer.Calls, 0, 50 * count);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_factory_of_many_keys_may_ask_for_none_of_them()
    {
        using Cache<string, int> cache = Create();
        foreach (string asked in (string[])["a", "b", "c"])
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => Many(cache, ["a", "b", "c"], async _ =>
            {
                await One(cache, asked);
                return new Dictionary<string, int>();
            }));
        }

        Assert.Equal(77, await One(cache, "b"));
        cache.CheckIntegrity();
    }

    // Which the comparer's contract forbids; a load that never ends would be too hard a punishment.
    [Fact]
    public async Task No_load_is_left_behind_whichever_comparison_fails()
    {
        bool failed = true;
        for (int calls = 1; failed; calls++)
        {
            var comparer = new CountingComparer { Collides = true };
            using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 10, KeyComparer = comparer });
            cache.Set(4, 4);
            comparer.FailsAt = calls;
            failed = await Record.ExceptionAsync(async () => await LoadAsync(cache)) is TimeoutException;
            comparer.FailsAt = -1;
            cache.CheckIntegrity();
            Assert.Equal(4, (await LoadAsync(cache).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestToken)).Count);
        }

        static ValueTask<IReadOnlyDictionary<int, int>> LoadAsync(Cache<int, int> cache) => cache.GetOrAddManyAsync(
            [1, 2, 3, 4],
            0,
            static async (keys, _, _) =>
            {
                await Task.Yield();
                var loaded = new Dictionary<int, int>(); // by another comparer
                foreach (int key in keys)
                {
                    loaded.Add(key, key);
                }

                return (IReadOnlyDictionary<int, int>)loaded;
            },
            TestToken);
    }

    private static async Task<Values> Many(Cache<string, int> cache, IEnumerable<string> keys, Func<IReadOnlyCollection<string>, Task<Values>> factory) =>
        await cache.GetOrAddManyAsync(keys, factory, static (keys, factory, _) => new ValueTask<Values>(factory(keys)), TestToken);

    private static Task<int> One(Cache<string, int> cache, string key, CancellationToken? token = null) =>
        cache.GetOrAddAsync(key, 0, static (_, _, _) => ValueTask.FromResult(77), token ?? TestToken).AsTask();

    private static Task<Values> Lengths(IReadOnlyCollection<string> keys) => Task.FromResult<Values>(keys.ToDictionary(key => key, key => key.Length));

    private static IEnumerable<(string, int)> Sorted(IEnumerable<KeyValuePair<string, int>> entries) =>
        entries.Select(entry => (entry.Key, entry.Value)).OrderBy(entry => entry.Key, StringComparer.Ordinal);

    private Cache<string, int> Create() =>
        new(new CacheOptions<string, int> { Capacity = 10, RecordStatistics = true, OnRemoved = (key, value, cause) => _removed.Add((key, value, cause)) });

    private sealed class CountingComparer : IEqualityComparer<int>
    {
        public int Calls { get; private set; }

        public bool Collides { get; init; }

        /// <summary>Gets or sets how many calls from now one fails; below 0: none.</summary>
        public int FailsAt { get; set; } = -1;

        public bool Equals(int x, int y)
        {
            Calls++;
            return FailsAt-- == 0 ? throw new TimeoutException() : x == y;
        }

        public int GetHashCode(int obj) => Collides ? 17 : obj;
    }
}
