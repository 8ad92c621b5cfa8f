using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Caching;

/// <summary>A load whose factory is asynchronous; each caller waits with a cancellation token of its own.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source is neither timed nor linked, so it holds nothing to dispose, and a late caller may still cancel it.")]
internal sealed class AsyncLoad<TKey, TValue>(TKey key) : Load<TKey>(key)
    where TKey : notnull
{
    // Continuations of the waiters run elsewhere: none of them may hold up the others or the callbacks.
    private readonly TaskCompletionSource<TValue> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandoned = new();

    /// <summary>Gets or sets how many callers wait. Guarded by the cache's lock.</summary>
    public int Waiters { get; set; } = 1;

    public Task<TValue> Result => _result.Task;

    /// <summary>Gets the factory's token, which fires when the last waiter has given up.</summary>
    public CancellationToken Token => _abandoned.Token;

    public void Complete(TValue value) => _result.SetResult(value);

    public override void Fail(Exception exception)
    {
        _result.SetException(exception);
        _ = _result.Task.Exception; // observed: when all have given up, nobody awaits it
    }

    public void Abandon()
    {
        // What the factory registered on the token runs on the pool: a caller that gives up must not run it, nor see it fail.
        _ = _abandoned.CancelAsync();
    }
}
