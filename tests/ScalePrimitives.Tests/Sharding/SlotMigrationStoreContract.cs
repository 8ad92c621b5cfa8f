using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>What every store of migrations promises.</summary>
public abstract class SlotMigrationStoreContract
{
    private static readonly SlotMigrationRecord First = new(Guid.Parse("01a20741-ebc3-7e8e-850e-03f49bc08e2b"), "default", new SlotMove([1, 2, 1_048_575], "shard a", "ß"), 7, SlotMigrationState.Preparing, Attempt: 1, Revision: 1);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract ValueTask<ISlotMigrationStore> CreateAsync();

    [Fact]
    public async Task What_was_written_is_read()
    {
        ISlotMigrationStore store = await CreateAsync();
        Assert.Null(await store.ReadAsync(First.Id, TestToken));
        Assert.Empty(await store.ListUnfinishedAsync(TestToken));
        Assert.True(await store.TryWriteAsync(First, TestToken));
        AssertSame(First, await store.ReadAsync(First.Id, TestToken));
        foreach (SlotMigrationState state in Enum.GetValues<SlotMigrationState>())
        {
            SlotMigrationRecord kept = (await store.ReadAsync(First.Id, TestToken))!;
            SlotMigrationRecord next = kept with { State = state, Attempt = kept.Attempt + 1, Revision = kept.Revision + 1 };
            Assert.True(await store.TryWriteAsync(next, TestToken));
            AssertSame(next, await store.ReadAsync(First.Id, TestToken));
        }
    }

    [Fact]
    public async Task Of_all_who_write_one_revision_one_succeeds()
    {
        ISlotMigrationStore store = await CreateAsync();
        for (long revision = 1; revision < 6; revision++)
        {
            bool[] written = await Task.WhenAll(Enumerable.Range(1, 3).Select(attempt => Task.Run(async () => await store.TryWriteAsync(First with { Attempt = attempt, Revision = revision }, TestToken), TestToken)));
            Assert.Single(written, true);
            Assert.Equal(revision, (await store.ReadAsync(First.Id, TestToken))!.Revision);
        }

        Assert.False(await store.TryWriteAsync(First with { Revision = 1 }, TestToken));
        Assert.False(await store.TryWriteAsync(First with { Revision = 7 }, TestToken));
        Assert.False(await store.TryWriteAsync(First with { Id = Guid.NewGuid(), Revision = 2 }, TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("migration", async () => await store.TryWriteAsync(null!, TestToken));
    }

    [Fact]
    public async Task The_unfinished_are_listed_by_id()
    {
        ISlotMigrationStore store = await CreateAsync();
        Guid[] ids = [.. Enumerable.Range(1, 10).Select(number => Guid.Parse($"00000000-0000-0000-0000-{number:d12}"))];
        foreach ((Guid id, int i) in ids.Reverse().Select((id, i) => (id, i)))
        {
            Assert.True(await store.TryWriteAsync(First with { Id = id, State = (SlotMigrationState)i }, TestToken));
        }

        Assert.Equal(ids.Where((_, i) => 9 - i is not ((int)SlotMigrationState.Retired or (int)SlotMigrationState.Cancelled)), (await store.ListUnfinishedAsync(TestToken)).Select(each => each.Id));
    }

    private static void AssertSame(SlotMigrationRecord expected, SlotMigrationRecord? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Move.Slots, actual.Move.Slots);
        Assert.Equal(expected with { Move = actual.Move }, actual);
        Assert.Equal((expected.Move.From, expected.Move.To), (actual.Move.From, actual.Move.To));
    }
}
