using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// A bounded cache in memory: at most <see cref="Capacity"/> entries, and when one more comes, the one that the eviction
/// policy chooses leaves. Loads are shared as <see cref="ICache{TKey, TValue}"/> says. All members are thread-safe; every
/// operation on one key is O(1), amortised where the policy looks for a victim, and a hit allocates nothing.
/// </summary>
/// <remarks>
/// <para><see cref="Set"/> always stores; room is made for it by evicting others. A value that went in comes out once: it is
/// still there, or was reported to <see cref="CacheOptions{TKey, TValue}.OnRemoved"/> exactly once.</para>
/// <para><b>Disposal</b> ends the cache: it takes all values out, reporting each as <see cref="RemovalCause.Removed"/>, and
/// from then on every call that would look at the content throws <see cref="ObjectDisposedException"/>. Loads that run go on
/// for those that wait for them, and nothing more is stored. The cache itself holds nothing but memory: one whose values
/// need no release may be left to the garbage collector.</para>
/// </remarks>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TValue">The type of the values.</typeparam>
public sealed partial class Cache<TKey, TValue> : ICache<TKey, TValue>, IEnumerable<KeyValuePair<TKey, TValue>>, IDisposable
    where TKey : notnull
{
    // Guards all that is mutable here: table, policy, loads and counters. Under it runs no code of the caller's but the
    // key's comparer.
    private readonly Lock _gate = new();
    private readonly CacheTable<TKey, TValue> _table;
    private readonly ReplacementPolicy _policy;
    private readonly Action<TKey, TValue, RemovalCause>? _onRemoved;
    private readonly bool _countsHits;
    private long _hits;
    private long _misses;
    private long _loads;
    private long _loadFailures;
    private long _evictions;
    private bool _disposed;

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
    /// <param name="options">The options, copied here; <see cref="CacheOptions{TKey, TValue}.Capacity"/> must be set.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">The capacity was not set.</exception>
    public Cache(CacheOptions<TKey, TValue> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Capacity == 0)
        {
            throw new ArgumentException("Capacity must be set: it has no default.", nameof(options));
        }

        Capacity = options.Capacity;
        Policy = options.Policy;
        _onRemoved = options.OnRemoved;
        _countsHits = options.RecordStatistics;
        _table = new CacheTable<TKey, TValue>(options.KeyComparer);
        _syncLoads = new LoadTable<TKey, SyncLoad<TKey, TValue>>(_table.Comparer);
        _asyncLoads = new LoadTable<TKey, AsyncLoad<TKey, TValue>>(_table.Comparer);
        _policy = Policy switch
        {
            EvictionPolicy.Lru => new LruPolicy(),
            EvictionPolicy.Lfu => new LfuPolicy(),
            EvictionPolicy.Fifo => new FifoPolicy(),
            _ => new AdaptivePolicy(Capacity, options.Seed ?? NewSeed()),
        };
    }

    /// <summary>Gets how many entries the cache holds at most.</summary>
    public int Capacity { get; }

    /// <summary>Gets how the cache chooses the entry that leaves when it is full.</summary>
    public EvictionPolicy Policy { get; }

    /// <summary>Gets how many entries are in the cache: 0 to <see cref="Capacity"/>, and 0 after disposal.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _table.Count;
            }
        }
    }

    /// <summary>Gets what the cache has counted so far, all of it at one instant; available after disposal too.</summary>
    public CacheStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return new CacheStatistics
                {
                    Hits = _countsHits ? _hits : null,
                    Misses = _misses,
                    Loads = _loads,
                    LoadFailures = _loadFailures,
                    Evictions = _evictions,
                };
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        uint hash = HashOf(key);
        lock (_gate)
        {
            return TryHit(key, hash, out value);
        }
    }

    /// <summary>Looks for the value of a key without counting as a use of it, nor as a request in the statistics.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value found, or the default of its type.</param>
    /// <returns>Whether a value was found.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool Peek(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        uint hash = HashOf(key);
        lock (_gate)
        {
            ThrowIfDisposed();
            CacheNode<TKey, TValue>? node = _table.Find(key, hash);
            value = node is null ? default : node.Value;
            return node is not null;
        }
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
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public void Set(TKey key, TValue value)
    {
        uint hash = HashOf(key);
        var removals = new Removals<TKey, TValue>(_onRemoved);
        lock (_gate)
        {
            ThrowIfDisposed();
            SupersedeLoads(key);
            if (_table.Find(key, hash) is { } node)
            {
                removals.Add(node.Key, node.Value, RemovalCause.Replaced);
                node.Value = value;
                _policy.Accessed(node);
            }
            else
            {
                Insert(NewNode(hash, key, value), ref removals);
            }
        }

        removals.Report();
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
        var removals = new Removals<TKey, TValue>(_onRemoved);
        bool found;
        lock (_gate)
        {
            ThrowIfDisposed();
            SupersedeLoads(key);
            CacheNode<TKey, TValue>? node = _table.Find(key, hash);
            found = node is not null;
            value = default;
            if (node is not null)
            {
                value = node.Value;
                Kill(node, RemovalCause.Removed, ref removals);
            }
        }

        removals.Report();
        return found;
    }

    /// <summary>Takes all values out, each as <see cref="RemovalCause.Removed"/>. O(n) under the lock, n the most entries there ever were.</summary>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public void Clear()
    {
        var removals = new Removals<TKey, TValue>(_onRemoved);
        lock (_gate)
        {
            ThrowIfDisposed();
            KillAll(ref removals);
        }

        removals.Report();
    }

    /// <summary>Ends the cache as the remarks on the type say. Further calls do nothing.</summary>
    public void Dispose()
    {
        var removals = new Removals<TKey, TValue>(_onRemoved);
        lock (_gate)
        {
            if (!_disposed)
            {
                KillAll(ref removals);
                _disposed = true;
            }
        }

        removals.Report();
    }

    /// <summary>
    /// Enumerates the entries as they are at this call; later changes do not show. In no set order, and untracked. O(n) time, n the most entries there ever were,
    /// and memory.
    /// </summary>
    /// <returns>An enumerator over a copy.</returns>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()
    {
        KeyValuePair<TKey, TValue>[] snapshot;
        lock (_gate)
        {
            ThrowIfDisposed();

            // The pairs are copied here, not the nodes: a node's value may be replaced before the enumerator comes to it.
            snapshot = Array.ConvertAll(_table.ToArray(), static node => KeyValuePair.Create(node.Key, node.Value));
        }

        return snapshot.AsEnumerable().GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ulong NewSeed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private uint HashOf(TKey key)
    {
        // Comparing with null boxes a struct where the code is not optimised, and a hit allocates nothing there either.
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return _table.HashOf(key);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    // Under the lock. A tracked read, counted as a hit or a miss.
    private bool TryHit(TKey key, uint hash, [MaybeNullWhen(false)] out TValue value)
    {
        if (_table.Find(key, hash) is { } node)
        {
            _policy.Accessed(node);
            if (_countsHits)
            {
                _hits++;
            }

            value = node.Value;
            return true;
        }

        ThrowIfDisposed(); // here, because a disposed cache has no hits
        _misses++;
        value = default;
        return false;
    }
}
