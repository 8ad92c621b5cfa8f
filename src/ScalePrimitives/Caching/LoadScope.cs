namespace ScalePrimitives.Caching;

/// <summary>
/// Flows with the execution context through a factory and all it calls, so that a request for the key that
/// it is loading is recognised on whatever thread. Holds no value: a timer that the factory starts keeps its context alive.
/// </summary>
internal sealed class LoadScope<TKey>(TKey key, LoadScope<TKey>? outer)
    where TKey : notnull
{
    private LoadScope<TKey>? _outer = outer;
    private volatile bool _ended;

    public TKey Key { get; } = key;

    /// <summary>Gets the next scope outwards that still runs.</summary>
    /// <remarks>One between that has ended may have begun inside others that have not: it is skipped, not the rest with it.
    /// It never runs again, so it is unlinked for good, or a chain of loads that each start the next would grow forever;
    /// threads that do so at once write references that all lead to the same scopes.</remarks>
    public LoadScope<TKey>? Outer
    {
        get
        {
            LoadScope<TKey>? running = _outer;
            while (running is { IsRunning: false })
            {
                running = running._outer;
            }

            return _outer = running;
        }
    }

    public bool IsRunning => !_ended;

    public void End() => _ended = true;
}
