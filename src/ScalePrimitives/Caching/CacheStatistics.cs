using System.Runtime.InteropServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// What a cache has counted since its construction, taken at one instant. A request is one call of <c>TryGet</c>,
/// <c>GetOrAdd</c> or <c>GetOrAddAsync</c>; untracked reads, enumeration and writes count as none. The default value says
/// that hits are not counted and that nothing has happened.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CacheStatistics
{
    /// <summary>Gets the requests that found a value.</summary>
    /// <value>Null when the cache does not count them: see <see cref="CacheOptions{TKey, TValue}.RecordStatistics"/>.</value>
    public long? Hits { get; init; }

    /// <summary>Gets the requests that found no value, those included that then waited for a load already running.</summary>
    public long Misses { get; init; }

    /// <summary>Gets the runs of a factory that have ended, with a value or without.</summary>
    public long Loads { get; init; }

    /// <summary>Gets those of <see cref="Loads"/> that ended with an exception, cancellation included.</summary>
    public long LoadFailures { get; init; }

    /// <summary>Gets the values that left because the cache was full.</summary>
    public long Evictions { get; init; }

    /// <summary>Gets the share of requests that found a value.</summary>
    /// <value>0 to 1; null when hits are not counted, or when there was no request.</value>
    public double? HitRatio => Hits is { } hits && hits + Misses > 0 ? (double)hits / (hits + Misses) : null;
}
