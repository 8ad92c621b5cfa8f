using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// A bounded cache in memory: at most <see cref="Capacity"/> entries, and when one more comes, the one that the eviction
/// policy chooses leaves. Entries may weigh, expire and be refreshed; loads are shared as
/// <see cref="ICache{TKey, TValue}"/> says. All members are thread-safe; every operation on one key is O(1), amortised where
/// the policy looks for a victim. A hit takes no lock and allocates nothing.
/// </summary>
/// <remarks>
/// <para><see cref="Set(TKey, TValue)"/> always stores; room is made for it by evicting others. A value that went in comes out
/// once: it is still there, or was reported to <see cref="CacheOptions{TKey, TValue}.OnRemoved"/> exactly once.</para>
/// <para>A value that has expired is never returned. The cache starts no thread and no timer: an expired value leaves with a
/// later write, with a read that finds it, or with <see cref="RemoveExpired()"/>, and counts as an entry until then.</para>
/// <para><b>Disposal</b> ends the cache: it takes all values out, reporting each as <see cref="RemovalCause.Removed"/>, and
/// from then on every call that would look at the content throws <see cref="ObjectDisposedException"/>. Loads that run go on
/// for those that wait for them, and nothing more is stored. Without a <see cref="CacheOptions{TKey, TValue}.Name"/> the cache
/// holds nothing but memory: one whose values need no release may be left to the garbage collector.</para>
/// </remarks>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TValue">The type of the values.</typeparam>
public sealed partial class Cache<TKey, TValue> : ICache<TKey, TValue>, IEnumerable<KeyValuePair<TKey, TValue>>, IDisposable
    where TKey : notnull
{
    /* How it is built. One table of nodes holds keys and values; readers follow it without a lock (CacheTable). Whatever
     * changes what is in the cache (table, policy, timer wheel, loads) does so under one lock, so that they agree whenever it
     * is free, and the bounds hold exactly. Only a new value for an entry that stays can be written without it, under the
     * entry's own lock (CacheEntry.TryLock). Readers tell the policy of a hit by a counter in the entry (AdaptivePolicy) or
     * by a log (ReadLog), which is replayed under the lock before the policy is asked anything.
     * No code of the caller's but the key's comparer runs under the lock. */
    private readonly CacheGate _gate = new();
    private readonly CacheTable<TKey, TValue> _table;
    private readonly CacheTerms<TKey, TValue> _terms;
    private readonly ReplacementPolicy _policy;
    private readonly AdaptivePolicy? _adaptive; // the policy, when readers raise the entries' counters
    private readonly ReadLog? _reads; // when the policy follows the order of reads
    private readonly CacheInstruments? _instruments;
    private readonly RemovalReports<TKey, TValue>? _reports; // null when nobody listens

    /// <summary>Initializes a cache with the <see cref="EvictionPolicy.Adaptive"/> policy.</summary>
    /// <param name="capacity">How many entries it holds at most: 1 to <see cref="int.MaxValue"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is below 1.</exception>
    public Cache(int capacity)
        : this(capacity, EvictionPolicy.Adaptive)
    {
    }

    /// <summary>Initializes a cache with an eviction policy.</summary>
    /// <param name="capacity">How many entries it holds at most: 1 to <see cref="int.MaxValue"/>.</param>
    /// <param name="policy">How it chooses the entry that leaves when it is full.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is below 1, or <paramref name="policy"/> is none of the named ones.</exception>
    public Cache(int capacity, EvictionPolicy policy)
        : this(new CacheOptions<TKey, TValue>
        {
            Capacity = Guard.InRange(capacity, 1, int.MaxValue),
            Policy = CacheOptions<TKey, TValue>.Named(policy, nameof(policy)),
        })
    {
    }

    /// <summary>Initializes a cache from options.</summary>
    /// <param name="options">The options, copied here; a capacity or a largest weight must be set.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">Neither bound was set, or one of <c>Weigher</c> and <c>MaxWeight</c> without the other.</exception>
    public Cache(CacheOptions<TKey, TValue> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Capacity == 0 && options.MaxWeight == 0)
        {
            throw new ArgumentException("Capacity must be set, or MaxWeight with a Weigher: there is no default.", nameof(options));
        }

        if (options.Weigher is null != (options.MaxWeight == 0))
        {
            throw new ArgumentException("Weigher and MaxWeight go together: one of them was not set.", nameof(options));
        }

        _capacity = options.Capacity == 0 ? int.MaxValue : options.Capacity;
        _maxWeight = options.MaxWeight == 0 ? long.MaxValue : options.MaxWeight;
        Policy = options.Policy;
        _reports = options.OnRemoved is { } onRemoved ? new RemovalReports<TKey, TValue>(onRemoved) : null;
        _hits = options.RecordStatistics ? new StripedCounter() : null;
        _terms = new CacheTerms<TKey, TValue>(options);
        ulong seed = options.Seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _table = new CacheTable<TKey, TValue>(options.KeyComparer, seed);
        _syncLoads = new LoadTable<TKey, SyncLoad<TKey, TValue>>(_table.Comparer);
        _asyncLoads = new LoadTable<TKey, AsyncLoad<TKey, TValue>>(_table.Comparer);
        _policy = Policy switch
        {
            EvictionPolicy.Lru => new LruPolicy(),
            EvictionPolicy.Lfu => new LfuPolicy(),
            EvictionPolicy.Fifo => new FifoPolicy(),
            _ => new AdaptivePolicy(_capacity, seed, _maxWeight),
        };
        _adaptive = _policy as AdaptivePolicy;
        _reads = _policy is LruPolicy or LfuPolicy ? new ReadLog(_gate, _policy) : null;
        _hitsArePlain = _reads is null && _hits is null;
        _instruments = options.Name is null ? null : new CacheInstruments(options.Name, () => Statistics, () => Count, () => Weight);
    }

    /// <summary>Gets how many entries the cache holds at most.</summary>
    /// <value>1 to <see cref="int.MaxValue"/>, which it is when only the weight is bounded.</value>
    public int Capacity => Volatile.Read(ref _capacity);

    /// <summary>Gets how much the entries weigh together at most.</summary>
    /// <value>1 to 2^62 - 1; null when they are counted only.</value>
    public long? MaxWeight => _terms.AreWeighed ? Volatile.Read(ref _maxWeight) : null;

    /// <summary>Gets how the cache chooses the entry that leaves when it is full.</summary>
    public EvictionPolicy Policy { get; }

    /// <summary>Gets how many entries are in the cache.</summary>
    /// <value>0 to <see cref="Capacity"/> while no write is in progress, and at most one more for each write that is; 0 after
    /// disposal. Expired values that the cache has not come to yet are among them.</value>
    public int Count => _table.Count;

    /// <summary>Gets how much the entries weigh together: at most <see cref="MaxWeight"/>; <see cref="Count"/> when they are counted only.</summary>
    public long Weight
    {
        get
        {
            using (_gate.EnterScope())
            {
                return _terms.AreWeighed ? _weight : _table.Count;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        // The calls come last, each with what this one was given: so a plain hit keeps to few registers and saves none.
        CacheNode<TKey, TValue>? node = FindOnce(key);
        if (node is null)
        {
            return TryGetAgain(key, out value);
        }

        if (!IsPlainHit(node))
        {
            return TryGetFrom(node, out value);
        }

        value = node.Value;
        node.CountRead();
        return true;
    }

    /// <summary>Looks for the value of a key without counting as a use of it, nor as a request in the statistics.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value found, or the default of its type.</param>
    /// <returns>Whether a value was found.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool Peek(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        CacheNode<TKey, TValue>? node = _table.Find(key, HashOf(key));
        if (node is null || IsExpired(node))
        {
            ThrowIfDisposed();
            value = default;
            return false;
        }

        value = node.Value;
        return true;
    }

    /// <summary>Says whether a key has a value, without counting as a use of it, nor as a request in the statistics.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there is a value.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool ContainsKey(TKey key) => Peek(key, out _);

    /// <inheritdoc/>
    /// <remarks>A value already there leaves as <see cref="RemovalCause.Replaced"/>, even when it is the same object; the key
    /// object that came first stays.</remarks>
    /// <exception cref="InvalidOperationException">The weigher gave a negative weight.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public void Set(TKey key, TValue value)
    {
        uint hash = HashOf(key);
        EntryTerms terms = _terms.Of(key, value, timeToLive: null);
        if (!(terms.AreNone && TrySetInPlace(key, hash, value)))
        {
            Store(NewNode(hash, key, value, terms));
        }
    }

    /// <summary>Stores a value that expires, in place of the one that the key has, if any. Any cache takes one, whatever its options.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null is a value.</param>
    /// <param name="timeToLive">
    /// How long from now it lives at most, above zero, whatever the options say of expiry after a write;
    /// <see cref="TimeSpan.MaxValue"/> means without end. Expiry after the last access applies besides.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeToLive"/> is zero or below.</exception>
    /// <exception cref="InvalidOperationException">The weigher gave a negative weight.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public void Set(TKey key, TValue value, TimeSpan timeToLive)
    {
        uint hash = HashOf(key);
        Guard.InRange(timeToLive, TimeSpan.FromTicks(1), TimeSpan.MaxValue);
        Store(NewNode(hash, key, value, _terms.Of(key, value, timeToLive)));
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool Remove(TKey key) => Remove(key, out _);

    /// <summary>Takes the value of a key out, and returns it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value taken out, or the default of its type. It is reported as <see cref="RemovalCause.Removed"/> too.</param>
    /// <returns>Whether there was a value.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        uint hash = HashOf(key);
        long now = NowIfTimed();
        var removals = new Removals<TKey, TValue>(_reports);
        CacheNode<TKey, TValue>? node;
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            node = BeginWrite(key, hash, now, ref removals);
            if (node is not null)
            {
                Kill(node, RemovalCause.Removed, ref removals);
            }
        }

        value = node is null ? default : node.LastValue();
        removals.Report();
        return node is not null;
    }

    /// <summary>Takes all values out, each as <see cref="RemovalCause.Removed"/>, and gives their memory back. O(n) under the lock.</summary>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public void Clear()
    {
        var removals = new Removals<TKey, TValue>(_reports);
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            KillAll(ref removals);
        }

        removals.Report();
    }

    /// <summary>Ends the cache as the remarks on the type say. Further calls do nothing.</summary>
    public void Dispose()
    {
        var removals = new Removals<TKey, TValue>(_reports);
        using (_gate.EnterScope())
        {
            if (!_disposed)
            {
                KillAll(ref removals);
                _disposed = true;
            }
        }

        _instruments?.Dispose();
        removals.Report();
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
