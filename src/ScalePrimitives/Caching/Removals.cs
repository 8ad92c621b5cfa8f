using System.Runtime.ExceptionServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// What one call took out of the cache: collected under the lock, reported after it. Collects nothing when nobody listens,
/// and allocates only from the second value on.
/// </summary>
internal struct Removals<TKey, TValue>(Action<TKey, TValue, RemovalCause>? onRemoved)
    where TKey : notnull
{
    private (TKey Key, TValue Value, RemovalCause Cause) _first;
    private List<(TKey Key, TValue Value, RemovalCause Cause)>? _others;
    private int _count;

    public void Add(TKey key, TValue value, RemovalCause cause)
    {
        if (onRemoved is null)
        {
            return;
        }

        if (_count++ == 0)
        {
            _first = (key, value, cause);
        }
        else
        {
            (_others ??= []).Add((key, value, cause));
        }
    }

    /// <summary>Calls the callback for each value, for all of them even when it throws, and then throws what it threw.</summary>
    public readonly void Report()
    {
        if (_count == 0)
        {
            return;
        }

        List<Exception>? failures = null;
        Report(_first, ref failures);
        if (_others is not null)
        {
            foreach ((TKey, TValue, RemovalCause) removal in _others)
            {
                Report(removal, ref failures);
            }
        }

        if (failures is [Exception only])
        {
            ExceptionDispatchInfo.Throw(only);
        }
        else if (failures is not null)
        {
            throw new AggregateException($"{failures.Count} of {_count} removal callbacks failed.", failures);
        }
    }

    private readonly void Report((TKey Key, TValue Value, RemovalCause Cause) removal, ref List<Exception>? failures)
    {
        try
        {
            onRemoved!(removal.Key, removal.Value, removal.Cause);
        }
        catch (Exception failure)
        {
            (failures ??= []).Add(failure);
        }
    }
}
