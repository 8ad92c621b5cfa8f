using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>One holder's way to a store: it can be cut, before or after the store has done its work, and can falsify what the store granted.</summary>
internal sealed class InterceptedLeaseStore(IWorkerLeaseStore inner) : IWorkerLeaseStore
{
    /// <summary>Gets or sets a value indicating whether calls fail without reaching the store.</summary>
    public bool IsCut { get; set; }

    /// <summary>Gets or sets a value indicating whether the store does its work and the answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Gets or sets what is made of a grant on its way: a rule of the protocol removed.</summary>
    public Func<WorkerGrant, WorkerGrant> Falsify { get; set; } = grant => grant;

    /// <summary>Gets or sets what runs before a release reaches the store.</summary>
    public Action<DateTimeOffset>? OnRelease { get; set; }

    /// <summary>Gets or sets what runs before a renewal reaches the store.</summary>
    public Action? OnRenew { get; set; }

    /// <summary>Gets how many calls were made.</summary>
    public int Calls { get; private set; }

    public async ValueTask<WorkerGrant?> TryAcquireAsync(WorkerSpace space, Guid token, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        Enter();
        return Leave(await inner.TryAcquireAsync(space, token, duration, cancellationToken));
    }

    public async ValueTask<WorkerGrant?> TryRenewAsync(WorkerSpace space, WorkerGrant grant, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        OnRenew?.Invoke();
        Enter();
        return Leave(await inner.TryRenewAsync(space, grant, duration, cancellationToken));
    }

    public async ValueTask ReleaseAsync(WorkerSpace space, WorkerGrant grant, DateTimeOffset usedUntil, CancellationToken cancellationToken = default)
    {
        OnRelease?.Invoke(usedUntil);
        Enter();
        await inner.ReleaseAsync(space, grant, usedUntil, cancellationToken);
        Leave(null);
    }

    public ValueTask RaiseFloorAsync(WorkerSpace space, DateTimeOffset floor, CancellationToken cancellationToken = default) =>
        inner.RaiseFloorAsync(space, floor, cancellationToken);

    private void Enter()
    {
        Calls++;
        if (IsCut)
        {
            throw new IOException("The store cannot be reached.");
        }
    }

    private WorkerGrant? Leave(WorkerGrant? grant)
    {
        if (LosesAnswers)
        {
            throw new IOException("The answer was lost.");
        }

        return grant is { } granted ? Falsify(granted) : null;
    }
}
