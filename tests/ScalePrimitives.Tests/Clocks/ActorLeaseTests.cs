using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks;

public class ActorLeaseTests
{
    private readonly InMemoryActorEpochStore _store = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_incarnation_has_an_epoch_of_its_own_and_replicas_count_apart()
    {
        ActorLease first = await ActorLease.AcquireAsync(_store, 7, TestToken);
        ActorLease second = await ActorLease.AcquireAsync(_store, 7, TestToken);
        ActorLease other = await ActorLease.AcquireAsync(_store, 8, TestToken);
        Assert.Equal([0x0000000700000001, 0x0000000700000002, 0x0000000800000001], (ulong[])[first.Actor, second.Actor, other.Actor]);
        Assert.Equal((7u, 2u), (ActorId.ReplicaOf(second.Actor), ActorId.EpochOf(second.Actor)));
        Assert.Equal(second.Actor, ActorLease.Resume(_store, second.Actor).Actor);
    }

    [Fact]
    public async Task Events_that_others_have_seen_and_the_replica_has_not_are_lost()
    {
        ActorLease lease = await ActorLease.AcquireAsync(_store, 1, TestToken);
        CausalContext own = CausalContext.Parse("{0000000100000001:2}", null);
        Assert.False(lease.HasLostEvents(own, own));
        Assert.False(lease.HasLostEvents(own, CausalContext.Parse("{0000000100000001:2, 0000000200000001:9}", null)));
        Assert.True(lease.HasLostEvents(own, CausalContext.Parse("{0000000100000001:3}", null)));
        Assert.True(lease.HasLostEvents(CausalContext.Empty, own));
        ulong renewed = await lease.RenewAsync(lease.Actor, TestToken);
        Assert.Equal(0x0000000100000002UL, renewed);
        Assert.Equal(renewed, lease.Actor);
        Assert.False(lease.HasLostEvents(CausalContext.Empty, own)); // those of another incarnation
    }

    [Fact]
    public async Task Calls_for_the_same_loss_agree_on_one_epoch()
    {
        ActorLease lease = await ActorLease.AcquireAsync(_store, 1, TestToken);
        for (int round = 0; round < 2_000; round++)
        {
            ulong lost = lease.Actor;
            ulong[] renewed = new ulong[2];
            Concurrently.Run(2, thread => renewed[thread] = lease.RenewAsync(lost, TestToken).AsTask().GetAwaiter().GetResult());
            Assert.Equal(lease.Actor, renewed[0]);
            Assert.Equal(lease.Actor, renewed[1]);
            Assert.True(lease.Actor > lost);
        }
    }

    [Fact]
    public async Task A_store_that_gives_an_old_epoch_again_is_refused()
    {
        var lease = ActorLease.Resume(_store, ActorId.Create(1, 5));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await lease.RenewAsync(lease.Actor, TestToken));
        Assert.Equal(ActorId.Create(1, 5), lease.Actor);
        Assert.Equal(lease.Actor, await lease.RenewAsync(lost: 9, TestToken)); // already left
        await Assert.ThrowsAsync<ArgumentNullException>("store", () => ActorLease.AcquireAsync(null!, 1, TestToken));
        Assert.Throws<ArgumentNullException>("store", () => ActorLease.Resume(null!, 1));
    }

    [Fact]
    public async Task A_store_that_hangs_holds_nobody_up_who_cancels()
    {
        var store = new HangingStore { Calls = { IsHolding = true } };
        var lease = ActorLease.Resume(store, ActorId.Create(1, 5));
        using var source = new CancellationTokenSource();
        Task[] calls = [ActorLease.AcquireAsync(store, 1, source.Token), lease.RenewAsync(lease.Actor, source.Token).AsTask()];
        await source.CancelAsync();
        foreach (Task call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(20), TestToken));
        }

        Assert.Equal(ActorId.Create(1, 5), lease.Actor);
    }

    [Fact]
    public async Task A_store_that_hangs_is_given_up_and_asked_again()
    {
        var time = new ManualTimeProvider();
        var store = new HangingStore();
        ActorLease lease = await ActorLease.AcquireAsync(store, 1, time, TestToken);
        ulong first = lease.Actor;
        store.Calls.IsHolding = true;
        Task[] calls = [ActorLease.AcquireAsync(store, 1, time, TestToken), lease.RenewAsync(first, TestToken).AsTask()];
        time.Advance(TimeSpan.FromSeconds(31));
        foreach (Task call in calls)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => call.WaitAsync(TimeSpan.FromSeconds(20), TestToken));
        }

        store.Calls.IsHolding = false;
        Assert.Equal(ActorId.Create(1, 4), await lease.RenewAsync(first, TestToken));
        store.Calls.AnswerOldest();
        store.Calls.AnswerOldest();
        Assert.Equal(ActorId.Create(1, 4), lease.Actor); // what came late is skipped
    }

    private sealed class HangingStore : IActorEpochStore
    {
        private readonly InMemoryActorEpochStore _epochs = new();

        public HeldCalls Calls { get; } = new();

        public ValueTask<uint> TakeEpochAsync(uint replica, CancellationToken cancellationToken = default) =>
            Calls.MakeAsync(() => _epochs.TakeEpochAsync(replica, CancellationToken.None));
    }
}
