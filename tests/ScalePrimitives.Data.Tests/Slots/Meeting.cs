namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Lets so many go on together, or all of them a while after the first has come: those who are kept out by one who has come do not come before.</summary>
internal sealed class Meeting(int parties, TimeSpan patience)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _comers;

    public async Task ComeAsync()
    {
        if (Interlocked.Increment(ref _comers) < parties)
        {
            await Task.WhenAny(_all.Task, Task.Delay(patience));
        }

        _all.TrySetResult();
    }
}
