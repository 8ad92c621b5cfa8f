namespace ScalePrimitives.Clocks;

/// <summary>Gives each replica epochs that it never had. Implementations are thread-safe.</summary>
public interface IActorEpochStore
{
    /// <summary>Takes the next epoch of a replica. It is durable before the call returns; one whose answer got lost is skipped.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>An epoch above every one that was returned for the replica before.</returns>
    ValueTask<uint> TakeEpochAsync(uint replica, CancellationToken cancellationToken = default);
}
