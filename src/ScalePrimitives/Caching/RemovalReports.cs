using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// Tells the caller's callback of what has left a cache. What a callback itself takes out of that cache is reported after
/// the callback has returned, and not inside it: so the stack does not grow with a chain of removals that each cause the next.
/// </summary>
internal sealed class RemovalReports<TKey, TValue>(Action<TKey, TValue, RemovalCause> onRemoved)
    where TKey : notnull
{
    // Those whose callbacks run on this thread, one inside the other: a callback may use caches that have callbacks of their own.
    [ThreadStatic]
    private static List<Running>? t_running;

    /// <summary>Calls the callback for each value, for all of them even when it throws, and then throws what it threw. Inside
    /// the callback it leaves that to the call which the callback reports on.</summary>
    public void Report(in Removals<TKey, TValue> removals)
    {
        List<Running> stack = t_running ??= [];
        foreach (ref Running running in CollectionsMarshal.AsSpan(stack))
        {
            if (ReferenceEquals(running.Reports, this))
            {
                running.Later ??= new();
                for (int i = 0; i < removals.Count; i++)
                {
                    running.Later.Enqueue(removals[i]);
                }

                return;
            }
        }

        stack.Add(new Running { Reports = this });
        try
        {
            ReportAll(removals, stack, stack.Count - 1);
        }
        finally
        {
            stack.RemoveAt(stack.Count - 1);
        }
    }

    private void ReportAll(in Removals<TKey, TValue> removals, List<Running> running, int own)
    {
        List<Exception>? failures = null;
        int count = removals.Count;
        for (int i = 0; i < removals.Count; i++)
        {
            Call(removals[i], ref failures);
        }

        for (; running[own].Later is { Count: > 0 } later; count++)
        {
            Call(later.Dequeue(), ref failures);
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

    private struct Running
    {
        public RemovalReports<TKey, TValue> Reports;
        public Queue<Removal<TKey, TValue>>? Later; // what its callbacks have taken out
    }
}
