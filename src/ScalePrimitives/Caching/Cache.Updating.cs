namespace ScalePrimitives.Caching;

/// <content>Changes that depend on what is there.</content>
public sealed partial class Cache<TKey, TValue>
{
    /// <summary>Replaces the value of a key when it equals another, in one step that no other write comes between.</summary>
    /// <param name="key">The key.</param>
    /// <param name="newValue">The value to store.</param>
    /// <param name="comparisonValue">What the present value must equal, by <see cref="EqualityComparer{T}.Default"/>.</param>
    /// <returns>Whether it was replaced; false when there is no value too.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The weigher gave a negative weight.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool TryUpdate(TKey key, TValue newValue, TValue comparisonValue)
    {
        uint hash = HashOf(key);
        while (_table.Find(key, hash) is { } node && !IsExpired(node))
        {
            TValue current = node.Value;
            if (!EqualityComparer<TValue>.Default.Equals(current, comparisonValue))
            {
                return false;
            }

            if (TryReplace(node, current, newValue))
            {
                return true;
            }
        }

        ThrowIfDisposed();
        return false;
    }

    /// <summary>
    /// Stores one value for a key that has none, or one made from the value it has, in one step that no other write comes
    /// between.
    /// </summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="state">What the factories are given besides.</param>
    /// <param name="addFactory">Makes the value for a key that has none.</param>
    /// <param name="updateFactory">
    /// Makes the value from the one that is there. Both run outside all locks and may run again when another write came
    /// between, so they should have no effects of their own; what they throw leaves the cache as it is.
    /// </param>
    /// <returns>The value stored.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or a factory is null.</exception>
    /// <exception cref="InvalidOperationException">The weigher gave a negative weight.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public TValue AddOrUpdate<TState>(TKey key, TState state, Func<TKey, TState, TValue> addFactory, Func<TKey, TValue, TState, TValue> updateFactory)
    {
        uint hash = HashOf(key);
        ArgumentNullException.ThrowIfNull(addFactory);
        ArgumentNullException.ThrowIfNull(updateFactory);
        while (true)
        {
            ThrowIfDisposed();
            TValue value;
            bool isStored;
            if (_table.Find(key, hash) is { } node && !IsExpired(node))
            {
                TValue current = node.Value;
                value = updateFactory(key, current, state);
                isStored = TryReplace(node, current, value);
            }
            else
            {
                value = addFactory(key, state);
                isStored = TryAdd(key, hash, value);
            }

            if (isStored)
            {
                return value;
            }
        }
    }

    /// <summary>Stores a value for a key that has none, or one made from the value it has; see <see cref="AddOrUpdate{TState}"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="addValue">The value for a key that has none.</param>
    /// <param name="updateFactory">Makes the value from the one that is there; it may run again when another write came between.</param>
    /// <returns>The value stored.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="updateFactory"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The weigher gave a negative weight.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public TValue AddOrUpdate(TKey key, TValue addValue, Func<TKey, TValue, TValue> updateFactory)
    {
        ArgumentNullException.ThrowIfNull(updateFactory);
        return AddOrUpdate(
            key,
            (addValue, updateFactory),
            static (_, state) => state.addValue,
            static (key, value, state) => state.updateFactory(key, value));
    }

    /// <summary>Takes the value of a key out when it equals the one given, in one step that no other write comes between.</summary>
    /// <param name="entry">The key, and what its value must equal, by <see cref="EqualityComparer{T}.Default"/>.</param>
    /// <returns>Whether it was taken out, as <see cref="RemovalCause.Removed"/>.</returns>
    /// <exception cref="ArgumentNullException">The key is null.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public bool Remove(KeyValuePair<TKey, TValue> entry)
    {
        uint hash = HashOf(entry.Key);
        while (_table.Find(entry.Key, hash) is { } node && !IsExpired(node))
        {
            TValue current = node.Value;
            if (!EqualityComparer<TValue>.Default.Equals(current, entry.Value))
            {
                return false;
            }

            if (TryRemove(node, current))
            {
                return true;
            }
        }

        ThrowIfDisposed();
        return false;
    }

    /// <summary>Takes out all values that a condition holds for, each as <see cref="RemovalCause.Removed"/>.</summary>
    /// <remarks>Asks for the entries that are there at this call, each with its value then; one that is changed meanwhile stays. O(n).</remarks>
    /// <param name="predicate">The condition; called outside all locks. What it throws ends the call; what was taken out before stays out.</param>
    /// <returns>How many were taken out.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="predicate"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public int RemoveWhere(Func<TKey, TValue, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        int count = 0;
        foreach (CacheNode<TKey, TValue> node in LiveNodes())
        {
            TValue value = node.Value;
            if (predicate(node.Key, value) && TryRemove(node, value))
            {
                count++;
            }
        }

        return count;
    }

    // Fails when the entry has another value by now, or has left.
    private bool TryReplace(CacheNode<TKey, TValue> present, TValue current, TValue value)
    {
        CacheNode<TKey, TValue> node = NewNode(present.Hash, present.Key, value, _terms.Of(present.Key, value, timeToLive: null));
        long now = NowIfTimed();
        var removals = new Removals<TKey, TValue>(_reports);
        bool isCurrent;
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            isCurrent = TryLockToWrite(present, current, now, ref removals);
            if (isCurrent)
            {
                Replace(present, node, now, ref removals, isLocked: true);
            }
        }

        if (!isCurrent)
        {
            present.WaitUntilUnlocked(); // before the caller looks at its value again
        }

        removals.Report();
        return isCurrent;
    }

    private bool TryAdd(TKey key, uint hash, TValue value)
    {
        CacheNode<TKey, TValue> node = NewNode(hash, key, value, _terms.Of(key, value, timeToLive: null));
        long now = NowIfTimed();
        var removals = new Removals<TKey, TValue>(_reports);
        bool isAbsent;
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            isAbsent = FindToLoad(key, hash, now) is null;
            if (isAbsent)
            {
                Put(node, now, ref removals);
            }
        }

        removals.Report();
        return isAbsent;
    }

    private bool TryRemove(CacheNode<TKey, TValue> node, TValue current)
    {
        long now = NowIfTimed();
        var removals = new Removals<TKey, TValue>(_reports);
        bool isCurrent;
        using (_gate.EnterScope())
        {
            isCurrent = TryLockToWrite(node, current, now, ref removals);
            if (isCurrent)
            {
                Kill(node, RemovalCause.Removed, ref removals, isLocked: true);
            }
        }

        if (!isCurrent)
        {
            node.WaitUntilUnlocked();
        }

        removals.Report();
        return isCurrent;
    }

    // Under the lock. Begins a write to an entry that still has the value, and locks it. Wins over the loads of the key only
    // then: when the entry has left, the key may be loaded by now, or refreshed. As long as the entry is there, a load that is
    // not superseded is its refresh, and then its value does not change in place.
    private bool TryLockToWrite(CacheNode<TKey, TValue> node, TValue current, long now, ref Removals<TKey, TValue> removals)
    {
        if (node.IsDead)
        {
            return false;
        }

        LoadsOfKey loads = LoadsOf(node.Key, node.Hash);
        CatchUp(now, ref removals);

        // It has expired meanwhile, or another thread gives it another value at this moment.
        if (node.IsDead || !node.TryLockNow())
        {
            return false;
        }

        if (!node.Has(current))
        {
            node.Unlock();
            return false;
        }

        loads.Supersede();
        return true;
    }
}
