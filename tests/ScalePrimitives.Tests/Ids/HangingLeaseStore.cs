using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>A store that does its work, and whose answers a test may hold back.</summary>
internal sealed class HangingLeaseStore(IWorkerLeaseStore inner) : IWorkerLeaseStore
{
    public HeldCalls Calls { get; } = new();

    public ValueTask<WorkerGrant?> TryAcquireAsync(WorkerSpace space, Guid token, TimeSpan duration, CancellationToken cancellationToken = default) =>
        Calls.MakeAsync(() => inner.TryAcquireAsync(space, token, duration, CancellationToken.None));

    public ValueTask<WorkerGrant?> TryRenewAsync(WorkerSpace space, WorkerGrant grant, TimeSpan duration, CancellationToken cancellationToken = default) =>
        Calls.MakeAsync(() => inner.TryRenewAsync(space, grant, duration, CancellationToken.None));

    public async ValueTask ReleaseAsync(WorkerSpace space, WorkerGrant grant, DateTimeOffset usedUntil, CancellationToken cancellationToken = default) =>
        await Calls.MakeAsync(async () =>
        {
            await inner.ReleaseAsync(space, grant, usedUntil, CancellationToken.None);
            return true;
        });

    public ValueTask RaiseFloorAsync(WorkerSpace space, DateTimeOffset floor, CancellationToken cancellationToken = default) =>
        inner.RaiseFloorAsync(space, floor, cancellationToken);
}
