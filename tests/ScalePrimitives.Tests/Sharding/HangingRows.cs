namespace ScalePrimitives.Tests.Sharding;

/// <summary>Where a shard's rows hang; whatever their token says.</summary>
public enum Hang
{
    /// <summary>No row comes.</summary>
    Row,

    /// <summary>Their disposal does not end.</summary>
    Disposal,

    /// <summary>Their disposal holds its thread.</summary>
    HeldDisposal,

    /// <summary>What listens to their token holds its thread.</summary>
    Cancellation,
}

/// <summary>The rows 0, 1, … of a shard that hangs somewhere until an event is set, or nowhere.</summary>
internal sealed class HangingRows(Hang? hang, ManualResetEventSlim? never) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
{
    /// <summary>Gets what ends when it hangs.</summary>
    public TaskCompletionSource Hangs { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets what ends when it is disposed of.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets what its disposal throws.</summary>
    public Exception? Refusal { get; init; }

    public int Current { get; private set; } = -1;

    /// <summary>Begins a query, with a token.</summary>
    public HangingRows Started(CancellationToken token)
    {
        if (hang == Hang.Cancellation)
        {
            token.Register(HangHere);
        }

        return this;
    }

    public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

    public async ValueTask<bool> MoveNextAsync()
    {
        if (hang == Hang.Row)
        {
            await Task.Run(HangHere, CancellationToken.None);
        }

        Current++;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (hang is Hang.Disposal or Hang.Row) // as drivers do, which end the one before the other
        {
            await Task.Run(HangHere, CancellationToken.None);
        }
        else if (hang == Hang.HeldDisposal)
        {
            HangHere();
        }

        Closed.TrySetResult();
        if (Refusal is not null)
        {
            throw Refusal;
        }
    }

    private void HangHere()
    {
        Hangs.TrySetResult();
        if (!never!.Wait(TimeSpan.FromMinutes(1), CancellationToken.None))
        {
            throw new TimeoutException("Whoever called it waits for it.");
        }
    }
}
