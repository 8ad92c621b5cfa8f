namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Lets so many go on together, or each of them after a while: those who are kept out by one who has come never come.</summary>
internal sealed class Meeting(int parties, TimeSpan patience)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _comers;

    public Task ComeAsync()
    {
        if (Interlocked.Increment(ref _comers) >= parties)
        {
            _all.TrySetResult();
        }

        return Task.WhenAny(_all.Task, Task.Delay(patience));
    }
}
