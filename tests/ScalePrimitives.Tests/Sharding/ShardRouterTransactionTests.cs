using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public class ShardRouterTransactionTests
{
    private static readonly ShardMap Map = new(16, ["a", "b"]);

    private readonly ShardRouter<(int Customer, int Order), string> _router =
        new(new CoLocatedShardStrategy<(int Customer, int Order), int>(key => key.Customer, new Identity()), Map, id => id.ToUpperInvariant());

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_of_one_slot_share_an_operation()
    {
        Assert.Equal(new ShardRoute<string>("B", 9, 1), await _router.ExecuteAsync([(9, 1), (9, 2), (9, 1)], (route, _) => ValueTask.FromResult(route), TestToken));
        Assert.Equal(new ShardRoute<string>("A", 3, 1), await _router.ExecuteAsync([(3, 1)], (route, _) => ValueTask.FromResult(route), TestToken));
    }

    [Fact]
    public async Task They_are_followed_where_their_slot_moves()
    {
        string shard = await _router.ExecuteAsync([(9, 1), (9, 2)], (route, _) => route.Shard == "B" ? throw new StaleShardMapException(9, "c", 7) : ValueTask.FromResult(route.Shard), TestToken);
        Assert.Equal("C", shard);
    }

    [Fact]
    public async Task Keys_of_several_slots_are_refused_before_anything_runs_and_told_what_to_do()
    {
        CrossShardTransactionException refusal = await RefusalOfAsync((9, 1), (3, 1), (9, 2), (12, 5));
        Assert.Equal([3, 9, 12], refusal.Slots);
        Assert.Equal(["a", "b"], refusal.ShardIds);
        Assert.All((string[])["3 slots (3, 9, 12)", "2 shards ('a', 'b')", "CoLocatedShardStrategy", "Group", "outbox", "saga"], part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Slots_that_share_a_shard_today_are_refused_as_they_would_be_tomorrow()
    {
        CrossShardTransactionException refusal = await RefusalOfAsync((2, 1), (3, 1));
        Assert.Equal(["a"], refusal.ShardIds);
        Assert.EndsWith("…", (await RefusalOfAsync([.. Enumerable.Range(0, 16).Select(customer => (customer, 1))])).Message.Split(')')[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_arguments_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>("keys", async () => await _router.ExecuteAsync([], (_, _) => ValueTask.FromResult(1), TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("keys", async () => await _router.ExecuteAsync((IEnumerable<(int, int)>)null!, (_, _) => ValueTask.FromResult(1), TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("operation", async () => await _router.ExecuteAsync<int>([(1, 1)], null!, TestToken));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _router.ExecuteAsync([(16, 1)], (_, _) => ValueTask.FromResult(1), TestToken));
        var texts = new ShardRouter<string, string>(new HashShardStrategy<string>(16), Map, id => id);
        await Assert.ThrowsAsync<ArgumentNullException>("key", async () => await texts.ExecuteAsync(["x", null!], (_, _) => ValueTask.FromResult(1), TestToken));
    }

    private Task<CrossShardTransactionException> RefusalOfAsync(params (int, int)[] keys) =>
        Assert.ThrowsAsync<CrossShardTransactionException>(async () => await _router.ExecuteAsync<int>(keys, (_, _) => throw new InvalidOperationException("It has run."), TestToken));

    private sealed class Identity : IShardStrategy<int>
    {
        public string Id => "identity";

        public int SlotCount => 16;

        public int GetSlot(int key) => key;
    }
}
