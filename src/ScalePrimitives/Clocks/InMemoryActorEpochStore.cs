using System.Collections.Concurrent;

namespace ScalePrimitives.Clocks;

/// <summary>Keeps the epochs in memory, from 1: for tests, and for replicas that live and die with the process. Thread-safe; O(1).</summary>
public sealed class InMemoryActorEpochStore : IActorEpochStore
{
    private readonly ConcurrentDictionary<uint, uint> _epochs = new();

    /// <inheritdoc/>
    /// <exception cref="OverflowException">The replica has had all 4,294,967,295 epochs.</exception>
    public ValueTask<uint> TakeEpochAsync(uint replica, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_epochs.AddOrUpdate(replica, 1, static (_, epoch) => checked(epoch + 1)));
    }
}
