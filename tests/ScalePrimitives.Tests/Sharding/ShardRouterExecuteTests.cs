using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardRouterExecuteTests
{
    private const string Key = "user:42";

    private static readonly HashShardStrategy<string> Strategy = new(16);

    private readonly ManualTimeProvider _time = new();
    private readonly ShardMap _map = new(16, ["a"]);
    private readonly List<ShardRoute<string>> _tried = [];

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    private static int Slot => Strategy.GetSlot(Key);

    [Fact]
    public async Task An_operation_runs_where_the_key_lives()
    {
        Assert.Equal("A", await Router().ExecuteAsync(Key, (route, _) => ValueTask.FromResult(route.Shard), TestToken));
        await Assert.ThrowsAsync<IOException>(async () => await Router().ExecuteAsync<int>(Key, (_, _) => throw new IOException(), TestToken));
    }

    [Fact]
    public async Task A_slot_that_has_moved_is_followed_though_the_map_does_not_know_the_shard()
    {
        ShardRouter<string, string> router = Router();
        string shard = await router.ExecuteAsync(Key, (route, _) => Try(route, route.Shard switch
        {
            "A" => new StaleShardMapException(Slot, "b", 7),
            "B" => new StaleShardMapException(Slot, "c", 9),
            _ => null,
        }), TestToken);
        Assert.Equal("C", shard);
        Assert.Equal([new("A", Slot, 1), new("B", Slot, 7), new("C", Slot, 9)], _tried);
        Assert.Equal(["a"], router.Map.ShardIds);
    }

    [Fact]
    public async Task A_map_that_came_meanwhile_is_taken_when_it_knows_better_than_a_redirect()
    {
        ShardRouter<string, string> router = Router();
        ShardMap newer = _map.AddShard("b").AddShard("c").Move([Slot], "b").Move([Slot], "c");
        string shard = await router.ExecuteAsync(Key, (route, _) =>
        {
            router.TryUpdate(newer);
            return Try(route, route.Shard == "A" ? new StaleShardMapException(Slot, "b", 4) : null);
        }, TestToken);
        Assert.Equal("C", shard);
        Assert.Equal(5, _tried[^1].Epoch);
    }

    [Fact]
    public async Task Shards_that_send_a_call_back_in_time_or_round_and_round_are_not_followed()
    {
        await Assert.ThrowsAsync<StaleShardMapException>(async () => await Router().ExecuteAsync(Key, (route, _) => Try(route, new StaleShardMapException(Slot, "b", 1)), TestToken));
        Assert.Single(_tried);
        _tried.Clear();
        await Assert.ThrowsAsync<StaleShardMapException>(async () => await Router().ExecuteAsync(Key, (route, _) => Try(route, new StaleShardMapException(Slot, "b", route.Epoch + 1)), TestToken));
        Assert.Equal(9, _tried.Count);
        await Assert.ThrowsAsync<StaleShardMapException>(async () => await Router().ExecuteAsync(Key, (route, _) => Try(route, new StaleShardMapException(Slot + 1, "b", 9)), TestToken)); // of another slot
    }

    [Fact]
    public async Task A_frozen_slot_is_waited_for_and_then_where_it_is()
    {
        ShardRouter<string, string> router = Router();
        bool frozen = true;
        ValueTask<string> executing = router.ExecuteAsync(Key, (route, _) => Try(route, route.Shard == "A" && frozen ? new SlotFrozenException(Slot) : null), TestToken);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.False(executing.IsCompleted);
        router.TryUpdate(_map.AddShard("b").Move([Slot], "b"));
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal("B", await executing);
        Assert.Equal(["A", "A", "B"], _tried.Select(route => route.Shard));
        frozen = false;
    }

    [Fact]
    public async Task A_slot_that_stays_frozen_fails_when_the_budget_is_used_up_and_pauses_grow()
    {
        Task<string> executing = Router().ExecuteAsync(Key, (route, _) => Try(route, new SlotFrozenException(Slot)), TestToken).AsTask();
        for (int ms = 0; ms < 5_100; ms += 5)
        {
            _time.Advance(TimeSpan.FromMilliseconds(5));
        }

        await Assert.ThrowsAsync<SlotFrozenException>(() => executing);
        Assert.InRange(_tried.Count, 40, 70); // 5, 10, 20, 40, 80, and then each 100 ms
    }

    // The schedule: a router knows slot at a; it has moved to b and on to c, and b was taken out of the map, and of what the application knows.
    [Fact]
    public async Task A_redirect_to_a_shard_that_is_gone_waits_for_the_map()
    {
        ShardMap moved = _map.AddShard("c").Move([Slot], "c");
        var store = new ScriptedMapStore(_time) { Map = _map };
        await using var watcher = new ShardMapWatcher(store, new ShardMapWatcherOptions { TimeProvider = _time });
        var router = new ShardRouter<string, string>(Strategy, _map, id => id == "b" ? throw new KeyNotFoundException(id) : id.ToUpperInvariant(), new ShardRouterOptions { TimeProvider = _time });
        watcher.Follow(router);
        _time.Advance(TimeSpan.Zero);
        store.Map = moved;
        Task<string> executing = router.ExecuteAsync(Key, (route, _) => Try(route, route.Shard == "A" ? new StaleShardMapException(Slot, "b", 2) : null), TestToken).AsTask();
        Assert.False(executing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("C", await executing);
    }

    [Fact]
    public async Task A_redirect_to_a_shard_that_is_gone_says_so_when_no_map_knows_better()
    {
        var router = new ShardRouter<string, string>(Strategy, _map, id => id == "b" ? throw new KeyNotFoundException("no b") : id);
        StaleShardMapException refusal = await Assert.ThrowsAsync<StaleShardMapException>(async () => await router.ExecuteAsync(Key, (route, _) => Try(route, new StaleShardMapException(Slot, "b", 2)), TestToken));
        Assert.Equal(("b", "no b"), (refusal.ShardId, refusal.InnerException!.Message));
    }

    // The schedule: a migration of several slots to b was cancelled, so b says of all of them "at a" with the highest epoch of any; a has given this one to c with the next of its own.
    [Fact]
    public async Task A_redirect_back_in_time_waits_for_the_map()
    {
        ShardMap old = _map.AddShard("b").Move([Slot], "b"); // epoch 3 at b
        ShardMap newest = old.Move([Slot], "a").AddShard("c").Move([Slot], "c");
        var store = new ScriptedMapStore(_time) { Map = old };
        await using var watcher = new ShardMapWatcher(store, new ShardMapWatcherOptions { TimeProvider = _time });
        var router = new ShardRouter<string, string>(Strategy, old, id => id.ToUpperInvariant(), new ShardRouterOptions { TimeProvider = _time });
        watcher.Follow(router);
        _time.Advance(TimeSpan.Zero);
        store.Map = newest;
        Task<string> executing = router.ExecuteAsync(Key, (route, _) => Try(route, route.Shard switch
        {
            "B" => new StaleShardMapException(Slot, "a", 9),
            "A" => new StaleShardMapException(Slot, "c", 6),
            _ => null,
        }), TestToken).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("C", await executing);
        Assert.Equal([new("B", Slot, 3), new("A", Slot, 9), new("C", Slot, 6)], _tried);
    }

    [Fact]
    public async Task Only_so_many_shards_that_no_map_names_are_kept()
    {
        int resolved = 0;
        var weak = new List<WeakReference>();
        var router = new ShardRouter<string, object>(Strategy, _map, id =>
        {
            resolved++;
            object shard = new();
            weak.Add(new WeakReference(shard));
            return shard;
        });
        for (int i = 0; i < 1_000; i++)
        {
            await router.ExecuteAsync(Key, (route, _) => route.Epoch == 1 ? throw new StaleShardMapException(Slot, $"s{i}", 2) : ValueTask.FromResult(true), TestToken);
        }

        GC.Collect();
        Assert.InRange(weak.Count(shard => shard.IsAlive), 1, 100);
        GC.KeepAlive(router);
    }

    private ShardRouter<string, string> Router() => new(Strategy, _map, id => id.ToUpperInvariant(), new ShardRouterOptions { TimeProvider = _time });

    private ValueTask<string> Try(ShardRoute<string> route, Exception? refusal)
    {
        _tried.Add(route);
        return refusal is null ? ValueTask.FromResult(route.Shard) : throw refusal;
    }
}
