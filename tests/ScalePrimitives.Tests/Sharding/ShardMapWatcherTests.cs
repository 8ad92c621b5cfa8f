using System.Collections.Concurrent;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardMapWatcherTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);
    private static readonly ShardMap First = new(16, ["a", "b"]);
    private static readonly ShardMap Second = First.AddShard("c");

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedMapStore _store;

    public ShardMapWatcherTests() => _store = new ScriptedMapStore(_time) { Map = First };

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_router_gets_newer_maps_and_keeps_its_map_young_when_there_is_none()
    {
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        ShardRouter<int, string> unlimited = Router(watcher, Timeout.InfiniteTimeSpan);
        Task refreshed = watcher.RefreshAsync(TestToken);
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
        _time.Advance(TimeSpan.Zero);
        await refreshed;
        router.Route(1);
        for (int second = 0; second < 30; second++)
        {
            _time.Advance(Interval);
            router.Route(1);
        }

        _store.Map = Second;
        _time.Advance(Interval);
        Assert.Same(Second, router.Map);
        Assert.Same(Second, unlimited.Map);
        Assert.Same(Second, Router(watcher).Map); // one that follows later has it at once
        Assert.Equal([0, 1, 1], _store.Reads.Take(3).Select(read => read.KnownVersion));
        Assert.Null(watcher.LastError);
    }

    [Fact]
    public async Task A_thousand_stale_calls_make_one_read_and_wait_for_none()
    {
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        _time.Advance(TimeSpan.Zero);
        _store.Map = Second;
        for (int call = 0; call < 1_000; call++)
        {
            int slot = router.Route(call).Slot;
            ValueTask<string> executed = router.ExecuteAsync(call, (route, _) => route.Epoch == 1 ? throw new StaleShardMapException(slot, "c", 7) : ValueTask.FromResult(route.Shard), TestToken);
            Assert.True(executed.IsCompleted);
            Assert.Equal("C", await executed);
        }

        _time.Advance(TimeSpan.FromMilliseconds(100) - TimeSpan.FromTicks(1));
        Assert.Single(_store.Reads);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, _store.Reads.Count);
        Assert.Same(Second, router.Map);
        _time.Advance(Interval * 0.8 - TimeSpan.FromTicks(1));
        Assert.Equal(2, _store.Reads.Count);
    }

    [Fact]
    public async Task Calls_that_end_with_a_stale_map_and_queries_of_all_shards_ask_for_a_read_too()
    {
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Task<int> back = router.ExecuteAsync<int>(1, (route, _) => throw new StaleShardMapException(route.Slot, "a", 1), TestToken).AsTask();
        _time.Advance(TimeSpan.Zero);
        await Assert.ThrowsAsync<StaleShardMapException>(() => back);
        Assert.Equal(2, _store.Reads.Count);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await router.ScatterAsync((scope, _) => scope.Shard == "A" ? throw new StaleShardMapException(scope.Slots[0].Slot, "b", 7) : ValueTask.FromResult(1), new ScatterOptions { AllowPartial = true }, TestToken);
        _time.Advance(TimeSpan.Zero);
        Assert.Equal(3, _store.Reads.Count);
    }

    [Fact]
    public async Task Pauses_are_shorter_than_the_interval_by_up_to_a_fifth_as_the_seed_says()
    {
        double[] pauses = await PausesAsync(seed: 1);
        Assert.All(pauses, pause => Assert.InRange(pause, 0.8, 1));
        Assert.True(pauses.Min() < 0.84 && pauses.Max() > 0.96, "They spread.");
        Assert.Equal(pauses, await PausesAsync(seed: 1));
        Assert.NotEqual(pauses, await PausesAsync(seed: 2));
        Assert.NotEqual(await PausesAsync(seed: null), await PausesAsync(seed: null));
    }

    [Fact]
    public async Task While_the_store_fails_pauses_double_to_their_bound_and_routers_refuse_when_their_map_is_too_old()
    {
        await using ShardMapWatcher watcher = Watcher(new ShardMapWatcherOptions { LongestPause = TimeSpan.FromSeconds(5) });
        ShardRouter<int, string> router = Router(watcher);
        _time.Advance(TimeSpan.Zero);
        _store.Answer = _ => throw new IOException("down");
        for (TimeSpan passed = TimeSpan.Zero; passed < MaxAge; passed += TimeSpan.FromMilliseconds(50))
        {
            router.Route(1);
            watcher.RequestRefresh(); // does not press a store that fails
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }

        router.Route(1); // at its age exactly
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("down", Assert.Throws<ShardMapExpiredException>(() => router.Route(1)).InnerException!.Message);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("down", watcher.LastError!.Message);
        double[] pauses = [.. _store.Reads.Zip(_store.Reads.Skip(1), (read, next) => (next.At - read.At).TotalSeconds)];
        double[] bounds = [0.1, 1, 2, 4, 5, 5]; // the first by the request, the others as they grow
        Assert.All(pauses.Take(6).Zip(bounds), pause => Assert.InRange(pause.First, pause.Second * 0.8, pause.Second));

        _store.Answer = null;
        _time.Advance(TimeSpan.FromSeconds(5));
        router.Route(1);
        Assert.Null(watcher.LastError);
        int reads = _store.Reads.Count;
        _store.Answer = _ => throw new IOException("again");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.InRange(_store.Reads.Count - reads, 2, 3); // it begins anew with the interval
    }

    [Fact]
    public async Task A_refresh_is_of_a_read_that_began_after_it_and_all_who_wait_share_it()
    {
        TaskCompletionSource<ShardMap?>[] answers = [new(), new(), new()];
        _store.Answer = _ => new ValueTask<ShardMap?>(answers[_store.Reads.Count - 1].Task);
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        Task first = watcher.RefreshAsync(TestToken);
        _time.Advance(TimeSpan.Zero);
        Assert.Single(_store.Reads);
        Task[] waiting = [.. Enumerable.Range(0, 100).Select(_ => watcher.RefreshAsync(TestToken))];
        _time.Advance(TimeSpan.FromSeconds(3)); // the read is under way still: one at a time
        Assert.Single(_store.Reads);
        answers[0].SetResult(First);
        await first;
        Assert.All(waiting, refresh => Assert.False(refresh.IsCompleted));
        _time.Advance(TimeSpan.Zero);
        Assert.Equal(2, _store.Reads.Count);
        answers[1].SetResult(Second);
        await Task.WhenAll(waiting);
        Assert.Same(Second, router.Map);

        using var source = new CancellationTokenSource();
        Task cancelled = watcher.RefreshAsync(source.Token);
        Task other = watcher.RefreshAsync(TestToken);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _time.Advance(Interval);
        answers[2].SetResult(null);
        await other;
    }

    [Fact]
    public async Task A_timer_that_fires_again_while_a_read_is_under_way_begins_no_other()
    {
        _store.Answer = async token =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return First;
        };
        await using var watcher = new ShardMapWatcher(_store, new ShardMapWatcherOptions { TimeProvider = new StutteringTimeProvider(_time) });
        _time.Advance(TimeSpan.Zero);
        Assert.Single(_store.Reads);
    }

    [Fact]
    public async Task The_age_counts_from_before_the_store_was_asked()
    {
        var answer = new TaskCompletionSource<ShardMap?>();
        _store.Answer = _ => new ValueTask<ShardMap?>(answer.Task);
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        Task refreshed = watcher.RefreshAsync(TestToken);
        _time.Advance(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(4));
        _store.Answer = _ => throw new IOException("down");
        answer.SetResult(First);
        await refreshed;
        _time.Advance(TimeSpan.FromSeconds(6));
        router.Route(1);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_left_behind_and_what_it_says_later_is_not_taken()
    {
        var never = new TaskCompletionSource<ShardMap?>();
        _store.Answer = _ => new ValueTask<ShardMap?>(never.Task);
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        Task refreshed = watcher.RefreshAsync(TestToken);
        _time.Advance(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<TimeoutException>(() => refreshed);
        Assert.IsType<TimeoutException>(watcher.LastError);
        _store.Answer = null;
        _time.Advance(Interval);
        Assert.Equal(2, _store.Reads.Count);
        never.SetResult(Second);
        Assert.Same(First, router.Map);
    }

    [Fact]
    public async Task Disposal_ends_a_read_under_way_and_those_who_wait()
    {
        _store.Answer = async token =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return First;
        };
        ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        Task first = watcher.RefreshAsync(TestToken);
        _time.Advance(TimeSpan.Zero);
        Task second = watcher.RefreshAsync(TestToken);
        await watcher.DisposeAsync();
        await watcher.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => watcher.RefreshAsync(TestToken));
        Assert.Throws<ObjectDisposedException>(() => Router(watcher));
        watcher.RequestRefresh();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(_store.Reads);
        await using ShardMapWatcher next = Watcher();
        next.Follow(router); // free again
    }

    // A store whose call holds its thread, the timer's own, and one that holds the thread that cancels its call.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposal_ends_though_the_store_holds_on_to_a_thread(bool holdsCall)
    {
        using var holding = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        var never = new TaskCompletionSource<ShardMap?>();
        _store.Answer = token =>
        {
            token.Register(() => released.Wait(CancellationToken.None));
            holding.Set();
            if (holdsCall)
            {
                released.Wait(CancellationToken.None);
            }

            return new ValueTask<ShardMap?>(never.Task);
        };
        var watcher = new ShardMapWatcher(_store, new ShardMapWatcherOptions { ReadTimeout = TimeSpan.FromMilliseconds(100) });
        var options = new ShardRouterOptions { MaxMapAge = TimeSpan.FromMinutes(1) };
        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id => id, options);
        watcher.Follow(router);
        Task refreshed = watcher.RefreshAsync(TestToken);
        holding.Wait(TestToken);
        await watcher.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestToken);
        await Assert.ThrowsAnyAsync<Exception>(() => refreshed);
        await using ShardMapWatcher next = new(new InMemoryShardMapStore());
        next.Follow(router); // free again
        released.Set();
        never.SetResult(Second);
        Assert.Same(First, router.Map);
    }

    [Fact]
    public async Task A_map_of_another_lineage_is_told_and_taken_by_nobody_and_the_right_one_is_found_again()
    {
        _store.Map = Second;
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        _time.Advance(TimeSpan.Zero);
        ShardMap foreign = new ShardMap(16, ["a"], "other").AddShard("b").AddShard("c").AddShard("d");
        _store.Map = foreign;
        Task refreshed = watcher.RefreshAsync(TestToken);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("map", (await Assert.ThrowsAsync<ArgumentException>(() => refreshed)).ParamName);
        _time.Advance(MaxAge);
        Assert.Same(watcher.LastError, Assert.Throws<ShardMapExpiredException>(() => router.Route(1)).InnerException);
        _store.Map = Second.AddShard("d"); // of a lower version than the foreign one
        _time.Advance(Interval);
        Assert.Equal(3, router.Map.Version);
        router.Route(1);
        Assert.Null(watcher.LastError);
    }

    [Fact]
    public async Task A_router_that_refuses_a_map_takes_nothing_from_the_others_and_is_given_it_again()
    {
        bool fails = true;
        await using ShardMapWatcher watcher = Watcher();
        var failing = new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id => id == "c" && fails ? throw new IOException("unknown host") : id, new ShardRouterOptions { TimeProvider = _time });
        watcher.Follow(failing);
        ShardRouter<int, string> router = Router(watcher);
        _store.Map = Second;
        _time.Advance(Interval);
        Assert.Same(Second, router.Map);
        Assert.Same(First, failing.Map);
        Assert.Equal("unknown host", watcher.LastError!.Message);
        fails = false;
        _time.Advance(Interval);
        Assert.Same(Second, failing.Map);
        Assert.Null(watcher.LastError);
    }

    [Fact]
    public async Task A_store_without_a_map_confirms_nothing()
    {
        _store.Map = null;
        await using ShardMapWatcher watcher = Watcher();
        ShardRouter<int, string> router = Router(watcher);
        _time.Advance(TimeSpan.Zero);
        Assert.IsType<InvalidOperationException>(watcher.LastError);
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
    }

    [Fact]
    public async Task Routers_that_do_not_fit_are_refused_and_those_that_leave_are_let_go()
    {
        await using ShardMapWatcher watcher = Watcher();
        Assert.Throws<ArgumentException>("router", () => watcher.Follow(new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id => id)));
        Assert.Throws<ArgumentException>("router", () => Router(watcher, (2 * Interval) - TimeSpan.FromTicks(1)));
        Assert.Throws<ArgumentNullException>("router", () => watcher.Follow<int, string>(null!));
        ShardRouter<int, string> router = Router(watcher, 2 * Interval);
        Assert.Throws<InvalidOperationException>(() => watcher.Follow(router));
        await using ShardMapWatcher other = Watcher();
        Assert.Throws<InvalidOperationException>(() => other.Follow(router));
        Assert.False(other.Unfollow(router));
        Assert.True(watcher.Unfollow(router));
        Assert.False(watcher.Unfollow(router));
        _store.Map = Second;
        _time.Advance(Interval);
        Assert.Same(First, router.Map);
        other.Follow(router);
        Assert.Same(Second, router.Map);

        ShardRouter<int, string> foreign = new(new HashShardStrategy<int>(16), new ShardMap(16, ["a"], "other"), id => id, new ShardRouterOptions { TimeProvider = _time });
        Assert.Throws<ArgumentException>("map", () => watcher.Follow(foreign));
        Assert.False(watcher.Unfollow(foreign));
        _time.Advance(Interval);
        Assert.Null(watcher.LastError);
    }

    // The schedule: the store is cut off from a reader with default options; the slots move, and a mover with default options deletes the old copy.
    [Fact]
    public async Task A_reader_with_default_options_never_meets_a_copy_that_is_retired()
    {
        await using ShardMapWatcher watcher = Watcher();
        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id => id, new ShardRouterOptions { TimeProvider = _time });
        router.Route(1); // as long as nobody follows a store for it, its map is all there is
        watcher.Follow(router);
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
        _time.Advance(TimeSpan.Zero);
        _store.Answer = _ => new ValueTask<ShardMap?>(new TaskCompletionSource<ShardMap?>().Task);
        router.Route(1);
        _time.Advance(new SlotMigrationOptions().RetireAfter - new ScatterOptions().ShardTimeout); // what begins now ends before it is deleted
        router.Route(1);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
        Assert.True(watcher.Unfollow(router));
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1)); // it learns nothing any more
    }

    [Fact]
    public void A_router_whose_map_never_changes_needs_no_watcher()
    {
        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id => id, new ShardRouterOptions { TimeProvider = _time });
        _time.Advance(TimeSpan.FromDays(1_000));
        router.Route(1);
        Assert.True(router.TryUpdate(Second));
        _time.Advance(TimeSpan.FromDays(1_000));
        router.Route(1);
    }

    // A function that resolves shards, or a store, that holds on to the thread: no token reaches it, and no deadline of a task.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_holds_on_to_the_thread_of_a_read_keeps_no_other_from_the_map(bool isStore)
    {
        using var holding = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        bool holds = true;
        void Hold()
        {
            if (holds)
            {
                holding.Set();
                released.Wait(TestToken);
            }
        }

        await using ShardMapWatcher watcher = Watcher();
        var holdingRouter = new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id =>
        {
            if (id == "c" && !isStore)
            {
                Hold();
            }

            return id;
        }, new ShardRouterOptions { TimeProvider = _time });
        watcher.Follow(holdingRouter);
        ShardRouter<int, string> router = Router(watcher);
        _time.Advance(TimeSpan.Zero);
        _store.Map = Second;
        _store.Answer = isStore ? _ =>
        {
            Hold();
            return ValueTask.FromResult<ShardMap?>(Second);
        }
        : null;
        Task refreshed = watcher.RefreshAsync(TestToken);
        Task held = Task.Run(() => _time.Advance(TimeSpan.FromMilliseconds(100)), TestToken);
        holding.Wait(TestToken);
        holds = !isStore; // the next call of the store answers
        _time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<TimeoutException>(() => refreshed);
        _time.Advance(Interval);
        Assert.Same(Second, router.Map);
        router.Route(1);
        Assert.Equal(!isStore, watcher.LastError is TimeoutException);
        holds = false;
        released.Set();
        await held;
        _time.Advance(TimeSpan.FromMinutes(1)); // the clock went on to where the held thread let it go, and is behind
        Assert.Same(Second, holdingRouter.Map);
        holdingRouter.Route(1);
        Assert.Null(watcher.LastError);
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        Assert.Throws<ArgumentNullException>("store", () => new ShardMapWatcher(null!));
        Assert.Throws<ArgumentException>("options", () => Watcher(new ShardMapWatcherOptions { Interval = TimeSpan.FromSeconds(11) }));
        Assert.Throws<ArgumentException>("options", () => Watcher(new ShardMapWatcherOptions { ShortestInterval = TimeSpan.FromSeconds(2) }));
        Assert.Throws<ArgumentOutOfRangeException>("Interval", () => new ShardMapWatcherOptions { Interval = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>("ShortestInterval", () => new ShardMapWatcherOptions { ShortestInterval = -Interval });
        Assert.Throws<ArgumentOutOfRangeException>("LongestPause", () => new ShardMapWatcherOptions { LongestPause = TimeSpan.FromHours(2) });
        Assert.Throws<ArgumentOutOfRangeException>("ReadTimeout", () => new ShardMapWatcherOptions { ReadTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentNullException>("value", () => new ShardMapWatcherOptions { TimeProvider = null! });
    }

    [Fact]
    public async Task Whoever_refreshes_has_what_was_written_before_while_others_write()
    {
        var store = new InMemoryShardMapStore();
        await store.TryReplaceAsync(First, 0, TestToken);
        await using var watcher = new ShardMapWatcher(store, new ShardMapWatcherOptions { ShortestInterval = TimeSpan.Zero });
        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id => id, new ShardRouterOptions { MaxMapAge = TimeSpan.FromMinutes(1) });
        watcher.Follow(router);
        var behind = new ConcurrentQueue<long>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (int round = 0; round < 50; round++)
            {
                ShardMap map = (await store.ReadAsync(cancellationToken: TestToken))!;
                bool written = await store.TryReplaceAsync(map.Move([writer], map.GetShardId(writer) == "a" ? "b" : "a"), map.Version, TestToken);
                await watcher.RefreshAsync(TestToken);
                if (router.Map.Version < map.Version + (written ? 1 : 0))
                {
                    behind.Enqueue(map.Version);
                }

                router.Route(round);
            }
        }, TestToken)));
        Assert.Empty(behind);
    }

    private async Task<double[]> PausesAsync(ulong? seed)
    {
        var store = new ScriptedMapStore(_time) { Map = First };
        await using var watcher = new ShardMapWatcher(store, new ShardMapWatcherOptions { TimeProvider = _time, Seed = seed });
        _time.Advance(TimeSpan.FromSeconds(100));
        return [.. store.Reads.Zip(store.Reads.Skip(1), (read, next) => (next.At - read.At).TotalSeconds)];
    }

    private ShardMapWatcher Watcher(ShardMapWatcherOptions? options = null)
    {
        options ??= new ShardMapWatcherOptions { Interval = Interval };
        options.TimeProvider = _time;
        return new ShardMapWatcher(_store, options);
    }

    private ShardRouter<int, string> Router(ShardMapWatcher watcher, TimeSpan? maxMapAge = null)
    {
        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(16), First, id => id.ToUpperInvariant(), new ShardRouterOptions { TimeProvider = _time, MaxMapAge = maxMapAge ?? MaxAge });
        watcher.Follow(router);
        return router;
    }

    /// <summary>Fires every timer twice, as one does that is set again while it falls due.</summary>
    private sealed class StutteringTimeProvider(ManualTimeProvider inner) : TimeProvider
    {
        public override long TimestampFrequency => inner.TimestampFrequency;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(
            again =>
            {
                callback(again);
                callback(again);
            },
            state,
            dueTime,
            period);
    }
}
