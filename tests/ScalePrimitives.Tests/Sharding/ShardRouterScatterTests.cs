using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardRouterScatterTests
{
    private readonly ShardMap _map = new(8, ["a", "b"]);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public void Each_shard_has_the_slots_of_one_map()
    {
        ShardRouter<string, string> router = Router(_map.AddShard("c").Move([1], "b"));
        Assert.Equal(["a", "b"], router.Scopes.Select(scope => scope.Key)); // c holds nothing
        Assert.Equal(("A", "0:1 2:1 3:1"), (router.Scopes[0].Value.Shard, Text(router.Scopes[0].Value)));
        Assert.Equal("1:3 4:1 5:1 6:1 7:1", Text(router.Scopes[1].Value));
    }

    [Fact]
    public async Task Slots_that_have_moved_are_asked_for_where_they_are_and_all_is_counted_once()
    {
        // The shards are three moves ahead of the router: 1 and 2 to c, then 4 to c, then 1 to b.
        Dictionary<int, (string ShardId, long Epoch)> now = Enumerable.Range(0, 8).ToDictionary(slot => slot, slot => slot < 4 ? ("a", 1L) : ("b", 1L));
        (now[1], now[2], now[4]) = (("b", 5), ("c", 2), ("c", 3));
        int rounds = 0;
        ScatterResult<int> result = await Router(_map).ScatterAsync(
            (scope, _) =>
            {
                rounds += scope.Shard == "A" ? 1 : 0;
                SlotEpoch[] gone = [.. scope.Slots.Where(each => !string.Equals(now[each.Slot].ShardId, scope.Shard, StringComparison.OrdinalIgnoreCase))];
                return gone.Length == 0
                    ? ValueTask.FromResult(scope.Slots.Sum(each => 1 << each.Slot))
                    : throw new StaleShardMapException([.. gone.Where(each => now[each.Slot] == now[gone[0].Slot]).Select(each => each.Slot)], now[gone[0].Slot].ShardId, now[gone[0].Slot].Epoch);
            },
            cancellationToken: TestToken);
        Assert.Equal(255, result.Answers.Sum(answer => answer.Value));
        Assert.Equal(["a", "b", "c"], result.Answers.Select(answer => answer.Key));
        Assert.InRange(rounds, 2, 4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_not_about_slots_is_not_tried_again(bool allowsPartial)
    {
        int asked = 0;
        ValueTask<int> QueryAsync(ShardScope<string> scope, CancellationToken token)
        {
            Interlocked.Increment(ref asked);
            return scope.Shard == "B" ? throw new IOException() : ValueTask.FromResult(1);
        }

        Task<ScatterResult<int>> task = Router(_map).ScatterAsync(QueryAsync, new ScatterOptions { AllowPartial = allowsPartial }, TestToken);
        if (allowsPartial)
        {
            Assert.Equal("b", Assert.Single((await task).Errors).ShardId);
        }
        else
        {
            Assert.IsType<IOException>(Assert.Single((await Assert.ThrowsAsync<AggregateException>(() => task)).InnerExceptions));
        }

        Assert.InRange(asked, 1, 2);
    }

    [Fact]
    public async Task Shards_that_send_round_and_round_are_given_up()
    {
        int asked = 0;
        AggregateException given = await Assert.ThrowsAsync<AggregateException>(() => Router(_map).ScatterAsync<int>((scope, _) => throw new StaleShardMapException(scope.Slots[0].Slot, scope.Shard == "A" ? "b" : "a", Interlocked.Increment(ref asked) + 1), cancellationToken: TestToken));
        Assert.IsType<StaleShardMapException>(given.InnerExceptions[0]);
        Assert.InRange(asked, 8, 18);
        await Assert.ThrowsAsync<AggregateException>(() => Router(_map).ScatterAsync<int>((scope, _) => throw new StaleShardMapException(1, "a", 1), cancellationToken: TestToken)); // says nothing new the second time
        await Assert.ThrowsAsync<ArgumentNullException>("query", () => Router(_map).ScatterAsync<int>(null!, cancellationToken: TestToken));
        Assert.Throws<ArgumentException>("slots", () => new StaleShardMapException([], "a", 1));
    }

    [Fact]
    public async Task A_redirect_to_a_shard_that_is_gone_waits_for_the_map()
    {
        var time = new ManualTimeProvider();
        var store = new ScriptedMapStore(time) { Map = _map };
        await using var watcher = new ShardMapWatcher(store, new ShardMapWatcherOptions { TimeProvider = time });
        var router = new ShardRouter<string, string>(new HashShardStrategy<string>(8), _map, id => id == "x" ? throw new KeyNotFoundException("no x") : id, new ShardRouterOptions { TimeProvider = time });
        watcher.Follow(router);
        time.Advance(TimeSpan.Zero);
        ValueTask<int> QueryAsync(ShardScope<string> scope, CancellationToken token) =>
            scope.Slots.Contains(new SlotEpoch(1, 1)) ? throw new StaleShardMapException(1, "x", 2) : ValueTask.FromResult(scope.Slots.Length);
        Task<ScatterResult<int>> failing = router.ScatterAsync(QueryAsync, cancellationToken: TestToken);
        time.Advance(TimeSpan.FromMilliseconds(100));
        StaleShardMapException refusal = await Assert.ThrowsAsync<StaleShardMapException>(() => failing);
        Assert.Equal((1, "x", "no x"), (refusal.Slot, refusal.ShardId, refusal.InnerException!.Message));

        store.Map = _map.Move([1], "b");
        Task<ScatterResult<int>> asking = router.ScatterAsync(QueryAsync, cancellationToken: TestToken);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(8, (await asking).Answers.Sum(answer => answer.Value));
    }

    private static ShardRouter<string, string> Router(ShardMap map) => new(new HashShardStrategy<string>(8), map, id => id == "a" ? "A" : id == "b" ? "B" : "C");

    private static string Text(ShardScope<string> scope) => string.Join(' ', scope.Slots.Select(each => $"{each.Slot}:{each.Epoch}"));
}
