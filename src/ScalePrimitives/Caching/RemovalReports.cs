using System.Runtime.ExceptionServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// Tells the caller's callback of what has left a cache. What a callback itself takes out of that cache is reported after
/// the callback has returned, and not inside it: so the stack does not grow with a chain of removals that each cause the next.
/// </summary>
#pragma warning disable CA1001 // What is kept of a thread goes with the cache: a report may come after the cache was disposed.
internal sealed class RemovalReports<TKey, TValue>(Action<TKey, TValue, RemovalCause> onRemoved)
#pragma warning restore CA1001
    where TKey : notnull
{
    // Of each thread: whether a callback runs on it, and what its callbacks have taken out meanwhile.
    private readonly ThreadLocal<Running> _running = new(static () => new Running());

    /// <summary>Calls the callback for each value, for all of them even when it throws, and then throws what it threw. Inside
    /// the callback it leaves that to the call which the callback reports on.</summary>
    public void Report(in Removals<TKey, TValue> removals)
    {
        Running running = _running.Value!;
        if (running.IsReporting)
        {
            for (int i = 0; i < removals.Count; i++)
            {
                running.Later.Enqueue(removals[i]);
            }

            return;
        }

        running.IsReporting = true;
        try
        {
            ReportAll(removals, running.Later);
        }
        finally
        {
            running.IsReporting = false;
        }
    }

    private void ReportAll(in Removals<TKey, TValue> removals, Queue<Removal<TKey, TValue>> later)
    {
        List<Exception>? failures = null;
        int count = removals.Count;
        for (int i = 0; i < removals.Count; i++)
        {
            Call(removals[i], ref failures);
        }

        for (; later.TryDequeue(out Removal<TKey, TValue> removal); count++)
        {
            Call(removal, ref failures);
        }

        if (failures is [Exception only])
        {
            ExceptionDispatchInfo.Throw(only);
        }
        else if (failures is not null)
        {
            throw new AggregateException($"{failures.Count} of {count} removal callbacks failed.", failures);
        }
    }

    private void Call(in Removal<TKey, TValue> removal, ref List<Exception>? failures)
    {
        try
        {
            onRemoved(removal.Key, removal.Value, removal.Cause);
        }
        catch (Exception failure)
        {
            (failures ??= []).Add(failure);
        }
    }

    private sealed class Running
    {
        public bool IsReporting { get; set; }

        public Queue<Removal<TKey, TValue>> Later { get; } = new();
    }
}
