using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardRouterAgeTests
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);
    private static readonly ShardMap Map = new(16, ["a", "b"]);

    private readonly ManualTimeProvider _time = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public void Without_a_limit_no_clock_is_read()
    {
        int reads = 0;
        ShardRouter<int, string> router = Router(new HookedClock(() => reads++), Timeout.InfiniteTimeSpan);
        _ = (router.Route(1), router.Group(1, 2), router.Shards, router.ShardsById, router.Scopes, router.GetShard("a"));
        Assert.Equal(0, reads);
    }

    [Fact]
    public async Task A_map_that_was_never_confirmed_is_not_routed_by()
    {
        ShardRouter<int, string> router = Router(_time, MaxAge);
        AssertRefused(router);
        await Assert.ThrowsAsync<ShardMapExpiredException>(async () => await router.ExecuteAsync(1, (_, _) => ValueTask.FromResult(1), TestToken));
        await Assert.ThrowsAsync<ShardMapExpiredException>(() => router.ScatterAsync((_, _) => ValueTask.FromResult(1), cancellationToken: TestToken));
        Assert.True(router.TryUpdate(Map.AddShard("c"))); // says nothing of when it was the newest
        AssertRefused(router);
        Assert.Equal("C", router.GetShard("c"));
        Assert.Equal(2, router.Map.Version);
        ShardMapExpiredException refusal = Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
        Assert.Equal(("default", 2, null, MaxAge), (refusal.MapId, refusal.Version, refusal.Age, refusal.MaxMapAge));
        Assert.Contains("never", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_age_is_enforced_to_the_tick()
    {
        ShardRouter<int, string> router = Router(_time, MaxAge);
        ((IShardMapFollower)router).Take(Map, _time.GetTimestamp());
        _time.Advance(MaxAge);
        _ = (router.Route(1), router.Group(1), router.Shards, router.ShardsById, router.Scopes);
        _time.Advance(TimeSpan.FromTicks(1));
        AssertRefused(router);
        ShardMapExpiredException refusal = Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
        Assert.Equal(MaxAge + TimeSpan.FromTicks(1), refusal.Age);
        Assert.Null(refusal.InnerException);
    }

    [Fact]
    public void Confirmations_that_arrive_in_another_order_make_no_map_older_or_go_back()
    {
        ShardRouter<int, string> router = Router(_time, MaxAge);
        IShardMapFollower follower = router;
        long early = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(6));
        ShardMap second = Map.AddShard("c");
        follower.Take(second, _time.GetTimestamp());
        follower.Take(Map, early);
        Assert.Same(second, router.Map);
        _time.Advance(TimeSpan.FromSeconds(6));
        router.Route(1);
        Assert.True(router.TryUpdate(second.AddShard("d"))); // at least as new as what was the newest then
        router.Route(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        AssertRefused(router);
    }

    [Fact]
    public void A_map_of_another_lineage_confirms_nothing()
    {
        ShardRouter<int, string> router = Router(_time, MaxAge);
        Assert.Throws<ArgumentException>("map", () => ((IShardMapFollower)router).Take(new ShardMap(16, ["a", "b"], "other"), _time.GetTimestamp()));
        AssertRefused(router);
    }

    [Fact]
    public void Ages_out_of_range_are_refused()
    {
        var options = new ShardRouterOptions();
        Assert.Throws<ArgumentOutOfRangeException>("MaxMapAge", () => options.MaxMapAge = TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>("MaxMapAge", () => options.MaxMapAge = TimeSpan.FromMilliseconds(-2));
        Assert.Throws<ArgumentOutOfRangeException>("MaxMapAge", () => options.MaxMapAge = TimeSpan.FromDays(1) + TimeSpan.FromTicks(1));
        Assert.Null(options.MaxMapAge);
    }

    private static void AssertRefused(ShardRouter<int, string> router)
    {
        Assert.Throws<ShardMapExpiredException>(() => router.Route(1));
        Assert.Throws<ShardMapExpiredException>(() => router.Group(1));
        Assert.Throws<ShardMapExpiredException>(() => router.Shards);
        Assert.Throws<ShardMapExpiredException>(() => router.ShardsById);
        Assert.Throws<ShardMapExpiredException>(() => router.Scopes);
    }

    private static ShardRouter<int, string> Router(TimeProvider time, TimeSpan maxMapAge) =>
        new(new HashShardStrategy<int>(16), Map, id => id.ToUpperInvariant(), new ShardRouterOptions { TimeProvider = time, MaxMapAge = maxMapAge });
}
