using System.Runtime.CompilerServices;
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
    /// <value>1 to <see cref="int.MaxValue"/>. There is no default: 0 means that it was not set, which the cache refuses unless
    /// <see cref="MaxWeight"/> bounds it. Memory follows the entries, not this bound.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Capacity { get; set => field = Guard.InRange(value, 1, int.MaxValue); }

    /// <summary>Gets or sets how the cache chooses the entry that leaves when it is full.</summary>
    /// <value>The default is <see cref="EvictionPolicy.Adaptive"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the named ones.</exception>
    public EvictionPolicy Policy { get; set => field = Named(value, nameof(Policy)); }

    /// <summary>Gets or sets what an entry weighs, in any unit: bytes, rows, cost.</summary>
    /// <value>
    /// The default is null: entries are counted only. Asked once for each value that goes in, outside all locks, before
    /// anything changes; 0 or more, or the call that stores fails with an <see cref="InvalidOperationException"/>.
    /// Set together with <see cref="MaxWeight"/>.
    /// </value>
    public Func<TKey, TValue, long>? Weigher { get; set; }

    /// <summary>Gets or sets how much the entries weigh together at most.</summary>
    /// <value>
    /// 1 to 2^62 - 1. There is no default: 0 means that it was not set. It bounds the cache beside <see cref="Capacity"/>, which
    /// may be left out then. A value that is heavier alone leaves at once as <see cref="RemovalCause.Overweight"/>, without
    /// pushing others out.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 1 to 2^62 - 1.</exception>
    public long MaxWeight { get; set => field = Guard.InRange(value, 1, MaxMaxWeight); }

    /// <summary>Gets or sets how long after it was set or loaded a value expires.</summary>
    /// <value>Above zero; the default is null: never. A read does not put it off.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public TimeSpan? ExpireAfterWrite { get; set => field = Positive(value); }

    /// <summary>Gets or sets how long after its last use a value expires: a read that is tracked, or a write.</summary>
    /// <value>Above zero; the default is null: never. Where other rules apply to a value as well, the earliest one ends it.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public TimeSpan? ExpireAfterAccess { get; set => field = Positive(value); }

    /// <summary>Gets or sets how long after it was set or loaded each single value expires.</summary>
    /// <value>
    /// The default is null: no rule. Asked once for each value that goes in, outside all locks. Zero or less means at once,
    /// <see cref="TimeSpan.MaxValue"/> and <see cref="Timeout.InfiniteTimeSpan"/> mean never. Not asked for a value that is set
    /// with a time to live.
    /// </value>
    public Func<TKey, TValue, TimeSpan>? ExpireAfter { get; set; }

    /// <summary>Gets or sets how long after it was set or loaded a value is loaded anew, before it expires.</summary>
    /// <value>
    /// Above zero; the default is null: never. A call of <c>GetOrAdd</c> or <c>GetOrAddAsync</c> that finds a value of this
    /// age or more returns it, and starts one run of its own factory on the thread pool, whose value takes the place of the
    /// old one. When that run fails, the old value stays, and the next such call tries again.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public TimeSpan? RefreshAfterWrite { get; set => field = Positive(value); }

    /// <summary>Gets or sets the clock for expiry and refresh: its timestamps, which nobody sets back.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>. No clock is read where nothing expires or is refreshed.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;

    /// <summary>Gets or sets what is called with the key, the value and the cause whenever a value has left the cache.</summary>
    /// <value>
    /// <para>The default is null: nothing is called. The call comes once for each value, after the fact and outside all locks, on
    /// the thread whose call took the value out; after an asynchronous load, on the one where its factory ended. Calls of
    /// several threads overlap and come in no set order. It should be fast.</para>
    /// <para>It may use the cache. What it takes out of the cache itself is reported when it has returned, not inside it, and
    /// before the call that it reports on returns.</para>
    /// <para><b>It must not write the value back into the same cache.</b> A full cache makes room for that value by taking out
    /// another, which is reported and written back in turn. The call that began it, a plain <c>Set</c> of some request, goes
    /// round so until a value is met that is not written back, which may be never: with every value in use, it never returns.
    /// Where values that are still in use leave, raise <see cref="Capacity"/>.</para>
    /// <para>When it throws, the cache is intact, the change stands, the other removals of the same call are still reported, and
    /// then the exception, or an <see cref="AggregateException"/> of several, leaves the call that took the value out. Of a
    /// load that is shared, that is the call whose factory ran; the others get the value.</para>
    /// </value>
    public Action<TKey, TValue, RemovalCause>? OnRemoved { get; set; }

    /// <summary>Gets or sets a value indicating whether hits are counted.</summary>
    /// <value>The default is false: only misses, loads and evictions are, and a hit writes no counter.</value>
    public bool RecordStatistics { get; set; }

    /// <summary>Gets or sets the name under which the cache publishes its instruments.</summary>
    /// <value>
    /// The default is null: it publishes none. A name becomes the tag <c>cache.name</c> of the meter
    /// <c>ScalePrimitives.Caching</c>, and the cache must then be disposed of, because the list of all meters holds it.
    /// </value>
    public string? Name { get; set; }

    /// <summary>Gets or sets how keys are hashed and compared.</summary>
    /// <value>
    /// The default is null: <see cref="EqualityComparer{T}.Default"/>. It is the only code of the caller's that runs under
    /// the cache's lock: it must be quick, must not call the cache, and must not throw. Numbers of 64
    /// and 128 bits, pairs of <see cref="long"/> or <see cref="ulong"/>, <see cref="Guid"/>, <see cref="TimeSpan"/>, <see cref="DateTime"/> and <see cref="DateTimeOffset"/>
    /// are hashed by all their bits and a secret when this is null, so that nobody can choose keys that collide; so is <see cref="string"/>. Other keys
    /// are only as spread as their hash codes: a structure or a tuple with such parts folds them, and where strangers choose the parts it needs a comparer that does not.
    /// </value>
    public IEqualityComparer<TKey>? KeyComparer { get; set; }

    /// <summary>Gets or sets the seed of the cache's hashing and of the choices that <see cref="EvictionPolicy.Adaptive"/> makes.</summary>
    /// <value>
    /// The default is null: a seed from the operating system's secure random number generator. Set it only where a run must
    /// be repeatable: who knows the seed can choose keys that make the cache keep the wrong entries.
    /// </value>
    public ulong? Seed { get; set; }

    internal const long MaxMaxWeight = (1L << 62) - 1; // so that a sum with one weight more does not overflow

    private static TimeSpan? Positive(TimeSpan? value, [CallerMemberName] string name = "") =>
        value is { } set ? Guard.InRange(set, TimeSpan.FromTicks(1), TimeSpan.MaxValue, name) : null;

    /// <summary>Returns <paramref name="policy"/> when it is one of the named ones.</summary>
    internal static EvictionPolicy Named(EvictionPolicy policy, string argument) =>
        (EvictionPolicy)Guard.InRange((int)policy, (int)EvictionPolicy.Adaptive, (int)EvictionPolicy.Fifo, argument);
}
