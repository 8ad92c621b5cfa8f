using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>Schedules of leases and contexts, each with the rule and without it.</summary>
public class ScheduleTests
{
    private const ulong A = 0x0000000100000001;

    private static readonly DottedVersionVectorSet<string> Nothing = DottedVersionVectorSet<string>.Empty;

    // Counters start at 1 for each key, so that the first write of any key has the same dot.
    [Fact]
    public void A_context_of_another_key_erases_a_write_that_was_not_read_or_is_taken_for_a_loss()
    {
        DottedVersionVectorSet<string> cart = Nothing.Put(CausalContext.Empty, "cart", A);
        DottedVersionVectorSet<string> name = Nothing.Put(CausalContext.Empty, "not read", A);
        Assert.Equal(["written"], name.Put(cart.Context, "written", A).Values);
        Assert.Throws<InvalidOperationException>(() => Nothing.Put(cart.Context, "written", A));

        Assert.Equal(["written", "not read"], name.Put(CausalContext.Empty, "written", A).Values); // what that client has read of this key: nothing
    }

    // What comes in is looked at before it is taken in: afterwards nothing shows that it had been lost.
    [Theory]
    [InlineData(Precautions.CheckForLoss, true)]
    [InlineData(Precautions.None, false)]
    public async Task A_loss_that_a_late_message_shows_is_found_when_the_message_comes(Precautions precautions, bool isFound)
    {
        ReplicatedStore store = await ReplicatedStore.StartAsync(precautions, replicas: 2, clients: 1, keys: 1);
        await store.PutBlindAsync(0, 0);
        store.Send(0, 1, 0);
        await store.DeliverAsync(0, again: false);
        await store.CrashAsync(0, losesState: true);
        store.Send(1, 0, 0);
        await store.DeliverAsync(0, again: false);
        Assert.Equal(isFound ? 1 : 0, store.LossesFound);
    }

    // The oldest rule of all: two writes of one dot, and a merge keeps the one that it has.
    [Theory]
    [InlineData(Precautions.EpochAfterCrash, true)]
    [InlineData(Precautions.CheckForLoss, false)]
    [InlineData(Precautions.None, false)]
    public async Task A_write_after_a_crash_meets_the_one_that_was_lost(Precautions precautions, bool survives)
    {
        ReplicatedStore store = await ReplicatedStore.StartAsync(precautions, replicas: 2, clients: 1, keys: 1);
        await store.PutBlindAsync(0, 0);
        store.Send(0, 1, 0);
        await store.DeliverAsync(0, again: false);
        await store.CrashAsync(0, losesState: true);
        await store.PutBlindAsync(0, 0);
        Assert.Equal(survives, await store.HealAsync() is null);
    }

    [Theory]
    [InlineData(Precautions.CheckForLoss, 0)]
    [InlineData(Precautions.None, 1)]
    public async Task A_write_whose_context_shows_a_loss_is_made_under_a_new_epoch_or_refused(Precautions precautions, int refused)
    {
        ReplicatedStore store = await ReplicatedStore.StartAsync(precautions, replicas: 2, clients: 1, keys: 1);
        await store.PutBlindAsync(0, 0);
        store.Get(0, 0, 0);
        await store.CrashAsync(0, losesState: true);
        Assert.Equal(refused == 0, await store.PutAsync(0, 0, 0));
        Assert.Equal(refused, store.Refused);
        Assert.Null(await store.HealAsync());
    }
}
