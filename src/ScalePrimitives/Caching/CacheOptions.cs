using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// How a <see cref="Cache{TKey, TValue}"/> is built. The cache copies the values at construction: later changes to this
/// object do nothing to it. Not thread-safe.
/// </summary>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TValue">The type of the values.</typeparam>
public sealed class CacheOptions<TKey, TValue>
    where TKey : notnull
{
    /// <summary>Gets or sets how many entries the cache holds at most.</summary>
    /// <value>1 to <see cref="int.MaxValue"/>. There is no default: 0 means that it was not set, which the cache refuses.
    /// Memory follows the most entries there ever were, not this bound.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Capacity { get; set => field = Guard.InRange(value, 1, int.MaxValue); }

    /// <summary>Gets or sets how the cache chooses the entry that leaves when it is full.</summary>
    /// <value>The default is <see cref="EvictionPolicy.Adaptive"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the named ones.</exception>
    public EvictionPolicy Policy { get; set => field = Named(value, nameof(Policy)); }

    /// <summary>Gets or sets what is called with the key, the value and the cause whenever a value has left the cache.</summary>
    /// <value>
    /// The default is null: nothing is called. The call comes once for each value, after the fact, outside all locks and on
    /// the thread whose call took the value out, after an asynchronous load the one where its factory ended; so it may use the cache; calls of several threads overlap and come in no
    /// set order. It should be fast. When it throws, the cache is intact, the change stands, the other removals of the same
    /// call are still reported, and then the exception, or an <see cref="AggregateException"/> of several, leaves the call
    /// that took the value out. Of a load that is shared, that is the call whose factory ran; the others get the value.
    /// </value>
    public Action<TKey, TValue, RemovalCause>? OnRemoved { get; set; }

    /// <summary>Gets or sets a value indicating whether hits are counted.</summary>
    /// <value>The default is false: only misses, loads and evictions are, and a hit writes no counter.</value>
    public bool RecordStatistics { get; set; }

    /// <summary>Gets or sets how keys are hashed and compared.</summary>
    /// <value>
    /// The default is null: <see cref="EqualityComparer{T}.Default"/>. It is the only code of the caller's that runs under
    /// the cache's lock: it must be quick, must not call the cache, and must not throw.
    /// </value>
    public IEqualityComparer<TKey>? KeyComparer { get; set; }

    /// <summary>Gets or sets the seed of the random choices that <see cref="EvictionPolicy.Adaptive"/> makes.</summary>
    /// <value>
    /// The default is null: a seed from the operating system's secure random number generator. Set it only where a run must
    /// be repeatable: who knows the seed can choose keys that make the cache keep the wrong entries.
    /// </value>
    public ulong? Seed { get; set; }

    /// <summary>Returns <paramref name="policy"/> when it is one of the named ones.</summary>
    internal static EvictionPolicy Named(EvictionPolicy policy, string argument) =>
        (EvictionPolicy)Guard.InRange((int)policy, (int)EvictionPolicy.Adaptive, (int)EvictionPolicy.Fifo, argument);
}
