namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Holds one who comes to a place, once, until the test lets go.</summary>
internal sealed class Hold
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _comers;

    /// <summary>Gets what ends when somebody has come.</summary>
    public Task Reached => _reached.Task;

    public Task ComeAsync()
    {
        if (Interlocked.Increment(ref _comers) > 1)
        {
            return Task.CompletedTask;
        }

        _reached.SetResult();
        return _released.Task;
    }

    public void Release() => _released.SetResult();
}
