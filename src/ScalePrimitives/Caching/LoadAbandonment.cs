using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Caching;

/// <summary>The token of a factory's run, which fires when nobody waits for any of its loads any longer.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source is neither timed nor linked, so it holds nothing to dispose, and a late caller may still cancel it.")]
internal sealed class LoadAbandonment(int loadCount)
{
    private readonly CancellationTokenSource _source = new();
    private int _waitedFor = loadCount;

    public CancellationToken Token => _source.Token;

    /// <summary>Notes that nobody waits for one of the loads. Once for each at most.</summary>
    public void AbandonOne()
    {
        if (Interlocked.Decrement(ref _waitedFor) == 0)
        {
            // What the factory registered on the token runs on the pool: a caller that gives up must not run it, nor see it fail.
            _ = _source.CancelAsync();
        }
    }
}
