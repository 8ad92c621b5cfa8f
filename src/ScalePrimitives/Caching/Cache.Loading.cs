using System.Runtime.CompilerServices;

namespace ScalePrimitives.Caching;

/// <content>Single flight: one factory run a key, shared by all callers of the same kind.</content>
public sealed partial class Cache<TKey, TValue>
{
    private readonly LoadTable<TKey, SyncLoad<TKey, TValue>> _syncLoads;
    private readonly LoadTable<TKey, AsyncLoad<TKey, TValue>> _asyncLoads;
    private long _loads;
    private long _loadFailures;

    /// <summary>Returns the value of a key, loading and storing it when there is none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="factory">
    /// Loads the value, on the calling thread and outside all locks. Not run when there is a value, or when another thread
    /// is loading it, for which this call then waits.
    /// </param>
    /// <returns>The value found or loaded.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="factory"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The call comes from the factory that is loading this key.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public TValue GetOrAdd(TKey key, Func<TKey, TValue> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return GetOrAdd(key, factory, static (key, factory) => factory(key));
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public TValue GetOrAdd<TState>(TKey key, TState state, Func<TKey, TState, TValue> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        CacheNode<TKey, TValue>? node = FindOnce(key);
        if (node is null || !IsPlainHit(node))
        {
            return GetOrAddFrom(node, key, state, factory);
        }

        TValue value = node.Value;
        node.CountRead();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TValue GetOrAddFrom<TState>(CacheNode<TKey, TValue>? node, TKey key, TState state, Func<TKey, TState, TValue> factory)
    {
        // That none was found proves nothing yet: a load looks again under the lock, which a hit must not need.
        if (node is null && !_table.CanFindOnce)
        {
            node = _table.Find(key, _table.HashOf(key));
        }

        if (!TryHit(node, out TValue? value))
        {
            return Load(key, _table.HashOf(key), state, factory);
        }

        if (node.HasTerms && TryStartRefresh(TermsOf(node), out long due))
        {
            Refresh(TermsOf(node), due, state, factory);
        }

        return value;
    }

    private TValue Load<TState>(TKey key, uint hash, TState state, Func<TKey, TState, TValue> factory)
    {
        long now = NowIfTimed();
        CacheNode<TKey, TValue>? node;
        SyncLoad<TKey, TValue>? running = null;
        SyncLoad<TKey, TValue>? started = null;
        using (_gate.EnterScope())
        {
            node = FindToLoad(key, hash, now);
            if (node is null)
            {
                ThrowIfLoadedByThread(key, hash);
                ThrowIfLoadedByFlow(key);
                running = _syncLoads.Joinable(key, hash);
                if (running is { CanBeJoined: true })
                {
                    running.Join();
                }
                else
                {
                    running = null;
                    started = new SyncLoad<TKey, TValue>(key, hash);
                    _syncLoads.Start(started);
                }
            }
        }

        if (node is not null)
        {
            return Hit(node);
        }

        _misses.Increment();
        return started is not null ? Run(started, state, factory) : running!.Wait(); // outside the lock, which the thread that loads needs
    }

    private TValue Run<TState>(SyncLoad<TKey, TValue> load, TState state, Func<TKey, TState, TValue> factory)
    {
        TValue value;
        Removals<TKey, TValue> removals;
        try
        {
            value = factory(load.Key, state);
            removals = EndLoaded(_syncLoads, load, value);
        }
        catch (Exception exception)
        {
            EndFailed(_syncLoads, load, exception);
            throw;
        }

        load.Complete(value);
        removals.Report();
        return value;
    }

    // Under the lock, for one that missed: another may have stored a value since. One that has expired is left for the load's
    // end to take out, so that no callback stands between the start of a load and its end.
    private CacheNode<TKey, TValue>? FindToLoad(TKey key, uint hash, long now)
    {
        ThrowIfDisposed();
        _adaptive?.Foresee(hash);
        CacheNode<TKey, TValue>? node = _table.Find(key, hash);
        return node is null || IsExpired(node, now) ? null : node;
    }

    // The hit of one that found the value under the lock, counted after it.
    private TValue Hit(CacheNode<TKey, TValue> node)
    {
        TValue value = node.Value;
        Touch(node);
        _hits?.Increment();
        return value;
    }

    // Under the lock. A synchronous factory is known by its thread: letting it flow to the threads that it starts would make
    // every load allocate an execution context.
    private void ThrowIfLoadedByThread(TKey key, uint hash)
    {
        if (_syncLoads.Latest(key, hash) is not null && _syncLoads.Of(key, hash).Any(static load => load.IsOwnedByThisThread))
        {
            ThrowLoadedByCaller();
        }
    }

    private static void ThrowLoadedByCaller() =>
        throw new InvalidOperationException("The factory asks for the key that it is loading, and would wait for itself.");

    private void EndFailed<TLoad>(LoadTable<TKey, TLoad> loads, TLoad load, Exception exception)
        where TLoad : Load<TKey>
    {
        using (_gate.EnterScope())
        {
            End(loads, load);
            _loadFailures++;
        }

        // Not before the load has left the table, or one that tries again would join it and get the same exception.
        load.Fail(exception);
    }

    private Removals<TKey, TValue> EndLoaded<TLoad>(LoadTable<TKey, TLoad> loads, TLoad load, TValue value)
        where TLoad : Load<TKey>
    {
        var removals = new Removals<TKey, TValue>(_reports);
        CacheNode<TKey, TValue> node = NewNode(load.Hash, load.Key, value, _terms.Of(load.Key, value, timeToLive: null));
        long now = NowIfTimed();
        using (_gate.EnterScope())
        {
            End(loads, load);
            if (!load.IsSuperseded)
            {
                Put(node, now, ref removals);
            }
        }

        return removals;
    }

    // Under the lock. Twice when what follows the first time fails.
    private void End<TLoad>(LoadTable<TKey, TLoad> loads, TLoad load)
        where TLoad : Load<TKey>
    {
        if (!load.HasEnded)
        {
            loads.End(load);
            _loads++;
        }
    }

    // Under the lock. Apart from superseding them, because this asks the key's comparer.
    private LoadsOfKey LoadsOf(TKey key, uint hash) => new(_syncLoads.Latest(key, hash), _asyncLoads.Latest(key, hash));

    // A write to a key wins over the loads that began before it.
    private readonly struct LoadsOfKey(SyncLoad<TKey, TValue>? sync, AsyncLoad<TKey, TValue>? async)
    {
        public void Supersede()
        {
            sync?.IsSuperseded = true;
            async?.IsSuperseded = true;
        }
    }
}
