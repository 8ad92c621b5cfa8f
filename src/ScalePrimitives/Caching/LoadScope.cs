namespace ScalePrimitives.Caching;

/// <summary>
/// Flows with the execution context through an asynchronous factory and all it calls, so that a request for the key that
/// it is loading is recognised on whatever thread. Holds no value: a timer that the factory starts keeps its context alive.
/// </summary>
internal sealed class LoadScope<TKey>(TKey key, LoadScope<TKey>? outer)
    where TKey : notnull
{
    private volatile bool _ended;

    public TKey Key { get; } = key;

    public LoadScope<TKey>? Outer { get; } = outer is { IsRunning: true } ? outer : null;

    public bool IsRunning => !_ended;

    public void End() => _ended = true;
}
