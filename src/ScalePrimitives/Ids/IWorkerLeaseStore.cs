namespace ScalePrimitives.Ids;

/// <summary>
/// Grants worker numbers for windows of id time that never overlap for one worker. The store reads its own clock; no caller's. What it
/// has granted is durable before the call returns: a store that lost a grant in a failover must be told so by
/// <see cref="RaiseFloorAsync"/>. Implementations are thread-safe.
/// </summary>
/// <remarks>
/// The windows are fences in id time: the next grant of a worker begins at or past the end of the one before it, so that a holder that
/// was paused, cut off or restarted can do no harm, whatever the clocks say. Windows are rounded inward to whole units of the layout.
/// </remarks>
public interface IWorkerLeaseStore
{
    /// <summary>Grants a worker that nobody holds, the lowest such number.</summary>
    /// <param name="space">The space. Its layout must be the one that the space was first used with.</param>
    /// <param name="token">Random, and new for each grant.</param>
    /// <param name="duration">How long the window is, from now or from the end of the worker's last window, if that is later; above zero.</param>
    /// <param name="cancellationToken">Ends the call. A grant that was made all the same is never used, and its window passes.</param>
    /// <returns>The grant, or null when every worker is held.</returns>
    /// <exception cref="InvalidOperationException">The space belongs to another layout.</exception>
    ValueTask<WorkerGrant?> TryAcquireAsync(WorkerSpace space, Guid token, TimeSpan duration, CancellationToken cancellationToken = default);

    /// <summary>Extends the window of a grant to <paramref name="duration"/> from now; never shortens it.</summary>
    /// <param name="space">The space.</param>
    /// <param name="grant">The grant, as the last call for it returned it.</param>
    /// <param name="duration">How long from now the window shall last, above zero.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The grant with its new end, or null when the worker has gone to another holder or was released: what is left of the window stays the caller's.</returns>
    ValueTask<WorkerGrant?> TryRenewAsync(WorkerSpace space, WorkerGrant grant, TimeSpan duration, CancellationToken cancellationToken = default);

    /// <summary>Gives a worker back before its window ends. Does nothing when the grant is no longer the worker's last one.</summary>
    /// <param name="space">The space.</param>
    /// <param name="grant">The grant.</param>
    /// <param name="usedUntil">The end of the last unit of which an id was issued; none is issued any more. The worker's next window begins there or later.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask ReleaseAsync(WorkerSpace space, WorkerGrant grant, DateTimeOffset usedUntil, CancellationToken cancellationToken = default);

    /// <summary>Makes every later grant of the space begin at an instant or past it: now and the longest duration that was granted, after a failover that may have lost grants. Grants
    /// made before are renewed no more; what is left of their windows stays their holders'.</summary>
    /// <param name="space">The space.</param>
    /// <param name="floor">The instant.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask RaiseFloorAsync(WorkerSpace space, DateTimeOffset floor, CancellationToken cancellationToken = default);
}
