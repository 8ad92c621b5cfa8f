using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Clocks;

/// <summary>
/// The actor id under which a replica makes events: the replica and an epoch that no incarnation before had, so that a replica that
/// restarts, or finds that it has lost events, never uses a <see cref="Dot"/> twice. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Epochs are leased, not counters: counters start at 1 for each key and actor, and a replica that skipped ahead instead, from 3 to 1,001 say,
/// would claim to have seen the dots between, of which one may still be alive elsewhere.</para>
/// <para>An epoch costs an entry in the clock of every key that is written under it. A replica that stops in good order, with every event on disk, may go on
/// under its old id: <see cref="Resume"/>.</para>
/// <para>A store that has not answered within 30 seconds is given up, though it does not regard its token. An epoch that it gives later is skipped.</para>
/// <para>Source: the rule that an id names one incarnation is that of Almeida et al., "Scalable and Accurate Causality Tracking for Eventually Consistent Stores", 2014.</para>
/// </remarks>
public sealed class ActorLease
{
    private readonly IActorEpochStore _store;
    private readonly TimeProvider _timeProvider;
    private ulong _actor;

    private ActorLease(IActorEpochStore store, ulong actor, TimeProvider timeProvider) => (_store, _actor, _timeProvider) = (store, actor, timeProvider);

    /// <summary>Gets the id to make events under: see <see cref="ActorId"/>.</summary>
    public ulong Actor => Volatile.Read(ref _actor);

    /// <summary>Begins a new incarnation: at a start after a crash, or whenever it is not certain that every event is on disk.</summary>
    /// <param name="store">Where epochs come from.</param>
    /// <param name="replica">The replica. Each has a number of its own.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The lease.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    /// <exception cref="TimeoutException">The store has not answered.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<ActorLease> AcquireAsync(IActorEpochStore store, uint replica, CancellationToken cancellationToken = default) =>
        AcquireAsync(store, replica, TimeProvider.System, cancellationToken);

    /// <summary>Goes on as an incarnation of which every event is known to be on disk: after a stop in good order, which recorded the id last of all.</summary>
    /// <param name="store">Where a next epoch would come from.</param>
    /// <param name="actor">The id, as <see cref="Actor"/> was. To be used up by this call: a replica that starts removes its record of it first.</param>
    /// <returns>The lease.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public static ActorLease Resume(IActorEpochStore store, ulong actor)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new ActorLease(store, actor, TimeProvider.System);
    }

    /// <summary>
    /// Tells whether what comes in for a key, from a client or from another replica, has seen events of this actor that the replica itself does not have:
    /// it has lost them, and must call <see cref="RenewAsync"/> before it makes another.
    /// </summary>
    /// <param name="own">The replica's own context of the key; <see cref="CausalContext.Empty"/> when it does not have the key.</param>
    /// <param name="incoming">The context that comes in, or that of the state that comes in.</param>
    /// <returns>Whether events were lost.</returns>
    public bool HasLostEvents(CausalContext own, CausalContext incoming)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(incoming);
        ulong actor = Actor;
        return incoming[actor] > own[actor];
    }

    /// <summary>Takes the next epoch, unless another call has meanwhile.</summary>
    /// <param name="lost">The id to be left, as <see cref="Actor"/> was when events were found lost: so that calls for the same loss take one epoch.</param>
    /// <param name="cancellationToken">Ends the call; nothing is changed then.</param>
    /// <returns>The id from now on.</returns>
    /// <exception cref="InvalidOperationException">The store gave an epoch that the replica has had.</exception>
    /// <exception cref="TimeoutException">The store has not answered; nothing is changed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<ulong> RenewAsync(ulong lost, CancellationToken cancellationToken = default)
    {
        ulong before = Actor;
        if (before != lost)
        {
            return before;
        }

        uint replica = ActorId.ReplicaOf(before);
        uint epoch = await TakeAsync(_store, replica, _timeProvider, cancellationToken).ConfigureAwait(false);
        if (epoch <= ActorId.EpochOf(before))
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The store gave replica {replica} the epoch {epoch}, which is not above {ActorId.EpochOf(before)}: it has lost epochs."));
        }

        // Calls that overlap have taken an epoch each; one is used, the others are skipped.
        ulong renewed = ActorId.Create(replica, epoch);
        ulong found = Interlocked.CompareExchange(ref _actor, renewed, before);
        return found == before ? renewed : found;
    }

    internal static async Task<ActorLease> AcquireAsync(IActorEpochStore store, uint replica, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        uint epoch = await TakeAsync(store, replica, timeProvider, cancellationToken).ConfigureAwait(false);
        return new ActorLease(store, ActorId.Create(replica, epoch), timeProvider);
    }

    private static Task<uint> TakeAsync(IActorEpochStore store, uint replica, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        Deadline.WithinAsync(token => store.TakeEpochAsync(replica, token), Deadline.OfCaller, timeProvider, cancellationToken);
}
