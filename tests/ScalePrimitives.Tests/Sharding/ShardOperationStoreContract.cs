using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>What every store of operations promises.</summary>
public abstract class ShardOperationStoreContract
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract ValueTask<IShardOperationStore> CreateAsync();

    [Fact]
    public async Task What_is_noted_is_told_to_those_who_ask_for_the_shard()
    {
        IShardOperationStore store = await CreateAsync();
        Assert.Empty(await store.ListFinishedAsync("add-index", ["a", "b"], TestToken));
        await store.FinishAsync("add-index", "b", TestToken);
        await store.FinishAsync("add-index", "c", TestToken);
        await store.FinishAsync("add-index", "c", TestToken);
        await store.FinishAsync("add-column", "a", TestToken);
        Assert.Equal(["c", "b"], await store.ListFinishedAsync("add-index", ["c", "a", "b"], TestToken));
        Assert.Equal(["a"], await store.ListFinishedAsync("add-column", ["a", "b"], TestToken));
        Assert.Empty(await store.ListFinishedAsync("add-index", [], TestToken));
    }

    [Fact]
    public async Task Names_that_differ_in_case_are_two()
    {
        IShardOperationStore store = await CreateAsync();
        await store.FinishAsync("Add", "A", TestToken);
        Assert.Empty(await store.ListFinishedAsync("add", ["A"], TestToken));
        Assert.Empty(await store.ListFinishedAsync("Add", ["a"], TestToken));
        Assert.Equal(["A"], await store.ListFinishedAsync("Add", ["A"], TestToken));
    }

    [Fact]
    public async Task Many_note_at_once()
    {
        IShardOperationStore store = await CreateAsync();
        string[] ids = [.. Enumerable.Range(0, 5).Select(shard => $"shard-{shard}")];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            foreach (string id in ids)
            {
                await store.FinishAsync("x", id, TestToken);
            }
        }, TestToken)));
        Assert.Equal(ids, await store.ListFinishedAsync("x", [.. ids], TestToken));
    }

    [Fact]
    public async Task Names_that_are_none_are_refused()
    {
        IShardOperationStore store = await CreateAsync();
        await Assert.ThrowsAsync<ArgumentException>("operation", async () => await store.ListFinishedAsync("", ["a"], TestToken));
        await Assert.ThrowsAsync<ArgumentException>("shardIds", async () => await store.ListFinishedAsync("x", ["a", ""], TestToken));
        await Assert.ThrowsAsync<ArgumentException>("operation", async () => await store.FinishAsync("", "a", TestToken));
        await Assert.ThrowsAsync<ArgumentException>("shardId", async () => await store.FinishAsync("x", "", TestToken));
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ListFinishedAsync("x", ["a"], source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.FinishAsync("x", "a", source.Token));
        Assert.Empty(await store.ListFinishedAsync("x", ["a"], TestToken));
    }
}
