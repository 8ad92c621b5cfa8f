namespace ScalePrimitives.Ids;

/// <summary>One call of a store for a block, and what those wait for who have no number. Thread-safe.</summary>
/// <param name="count">How many numbers are asked for.</param>
internal sealed class TicketFetch(int count)
{
    // Those who wait go on on threads of their own: whoever ends the fetch must not be held up by them.
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _queued = TimeProvider.System.GetTimestamp();
    private int _isClaimed;

    public int Count => count;

    /// <summary>Gets the task that ends when there is a block, when the store has failed, or when the call was given up.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Gets how long ago it was handed to the pool, by the system's clock: threads of the pool come by no other.</summary>
    public TimeSpan Age => TimeProvider.System.GetElapsedTime(_queued);

    /// <summary>Says whether the caller is the one to call the store.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _isClaimed, 1) == 0;

    public void End() => _ended.SetResult();

    public void Fail(Exception failure)
    {
        _ended.SetException(failure);
        _ = _ended.Task.Exception; // seen: one that fails while nobody waits is asked again
    }
}
