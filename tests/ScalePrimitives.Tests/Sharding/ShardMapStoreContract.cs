using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>What every store of shard maps promises.</summary>
public abstract class ShardMapStoreContract
{
    private static readonly ShardMap First = new(8, ["a", "b"], strategyId: "x/8");

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract ValueTask<IShardMapStore> CreateAsync();

    [Fact]
    public async Task A_map_is_read_by_those_who_have_an_older_one()
    {
        IShardMapStore store = await CreateAsync();
        Assert.Null(await store.ReadAsync(cancellationToken: TestToken));
        Assert.True(await store.TryReplaceAsync(First, expectedVersion: 0, TestToken));
        ShardMap read = (await store.ReadAsync(cancellationToken: TestToken))!;
        Assert.Equal(First.ToBytes(), read.ToBytes());
        Assert.Null(await store.ReadAsync(knownVersion: 1, TestToken));
        ShardMap second = First.Move([0], "b");
        Assert.True(await store.TryReplaceAsync(second, expectedVersion: 1, TestToken));
        Assert.Equal(2, (await store.ReadAsync(knownVersion: 1, TestToken))!.Version);
    }

    [Fact]
    public async Task Of_all_who_change_one_version_one_succeeds()
    {
        IShardMapStore store = await CreateAsync();
        Assert.True(await store.TryReplaceAsync(First, expectedVersion: 0, TestToken));
        Assert.False(await store.TryReplaceAsync(First, expectedVersion: 0, TestToken));
        for (long version = 1; version < 6; version++)
        {
            ShardMap current = (await store.ReadAsync(cancellationToken: TestToken))!;
            bool[] replaced = await Task.WhenAll(Enumerable.Range(0, 3).Select(slot => Task.Run(async () => await store.TryReplaceAsync(current.Move([slot], current.GetShardId(slot) == "a" ? "b" : "a"), version, TestToken), TestToken)));
            Assert.Single(replaced, true);
            Assert.Equal(version + 1, (await store.ReadAsync(cancellationToken: TestToken))!.Version);
        }
    }

    [Fact]
    public async Task What_does_not_follow_is_refused()
    {
        IShardMapStore store = await CreateAsync();
        await Assert.ThrowsAsync<ArgumentException>("map", async () => await store.TryReplaceAsync(First, expectedVersion: 1, TestToken));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("expectedVersion", async () => await store.TryReplaceAsync(First, expectedVersion: -1, TestToken));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("knownVersion", async () => await store.ReadAsync(-1, TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("map", async () => await store.TryReplaceAsync(null!, 0, TestToken));
        Assert.True(await store.TryReplaceAsync(First, expectedVersion: 0, TestToken));
        await Assert.ThrowsAsync<ArgumentException>("map", async () => await store.TryReplaceAsync(new ShardMap(8, ["a"], strategyId: "y/8").AddShard("b"), expectedVersion: 1, TestToken));
        await Assert.ThrowsAsync<ArgumentException>("map", async () => await store.TryReplaceAsync(new ShardMap(8, ["a"], id: "other", strategyId: "x/8").AddShard("b"), expectedVersion: 1, TestToken));
        Assert.Equal(1, (await store.ReadAsync(cancellationToken: TestToken))!.Version);
    }

    [Fact]
    public async Task A_key_that_may_have_data_keeps_its_slot()
    {
        IShardMapStore store = await CreateAsync();
        ShardMap open = First.AddEntry("tenant", 3).OpenEntry("tenant");
        Assert.True(await store.TryReplaceAsync(open, expectedVersion: 0, TestToken));
        ShardMap other = First.AddEntry("tenant", 4).OpenEntry("tenant").AddShard("c");
        await Assert.ThrowsAsync<ArgumentException>("map", async () => await store.TryReplaceAsync(other, open.Version, TestToken));
        await Assert.ThrowsAsync<ArgumentException>("map", async () => await store.TryReplaceAsync(First.AddShard("c").AddShard("d").AddShard("e"), open.Version, TestToken));
        Assert.Equal(3, Assert.Single((await store.ReadAsync(cancellationToken: TestToken))!.Entries).Slot);
        Assert.True(await store.TryReplaceAsync(open.AddShard("c"), open.Version, TestToken));
    }
}
