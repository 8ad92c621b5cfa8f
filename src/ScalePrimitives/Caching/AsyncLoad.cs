namespace ScalePrimitives.Caching;

/// <summary>A load whose factory is asynchronous; each caller waits with a cancellation token of its own.</summary>
internal sealed class AsyncLoad<TKey, TValue>(TKey key, uint hash, LoadAbandonment abandonment) : Load<TKey>(key, hash)
    where TKey : notnull
{
    // Continuations of the waiters run elsewhere: none of them may hold up the others or the callbacks.
    private readonly TaskCompletionSource<Loaded<TValue>> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets or sets how many callers wait. Guarded by the cache's lock.</summary>
    public int Waiters { get; set; } = 1;

    public Task<Loaded<TValue>> Result => _result.Task;

    /// <summary>Gets what ends the factory's run when nobody waits for any of its keys.</summary>
    public LoadAbandonment Abandonment => abandonment;

    /// <summary>Ends the load for all who wait.</summary>
    public void Complete(in Loaded<TValue> loaded) => _result.SetResult(loaded);

    public override void Fail(Exception exception)
    {
        _result.SetException(exception);
        _ = _result.Task.Exception; // observed: when all have given up, nobody awaits it
    }
}
