namespace ScalePrimitives.Caching;

/// <content>Loading of many keys by one run of a factory.</content>
public sealed partial class Cache<TKey, TValue>
{
    /// <summary>
    /// Returns the values of many keys, loading all that are neither there nor being loaded by one run of a factory.
    /// </summary>
    /// <remarks>Each key is a request and a load of its own to all other asynchronous calls, which may wait for it: what is
    /// said of <see cref="GetOrAddAsync"/> holds for each key. O(number of keys).</remarks>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <param name="keys">The keys; one that comes twice counts once.</param>
    /// <param name="state">What the factory is given besides the keys.</param>
    /// <param name="factory">
    /// Loads the values of the keys it is given, each of them once. A key without a value may be left out: then nothing is
    /// stored for it. Not run when there is nothing to load. Its token fires only when every call that waits for any of
    /// these keys has been cancelled. Keys that it was not asked for are ignored.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting of this call alone.</param>
    /// <returns>The values by key, without the keys that have none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="keys"/>, one of them, or <paramref name="factory"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The call comes from the factory that is loading one of these keys, or the factory returned null.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired before all values were there.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public ValueTask<IReadOnlyDictionary<TKey, TValue>> GetOrAddManyAsync<TState>(
        IEnumerable<TKey> keys,
        TState state,
        Func<IReadOnlyCollection<TKey>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> factory,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(factory);
        ThrowIfDisposed();
        var values = new Dictionary<TKey, TValue>(_table.Comparer);
        Dictionary<TKey, uint> missing = TakeHits(keys, values);
        if (missing.Count == 0)
        {
            return ValueTask.FromResult<IReadOnlyDictionary<TKey, TValue>>(values);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IReadOnlyDictionary<TKey, TValue>>(cancellationToken);
        }

        (AsyncLoad<TKey, TValue>[] running, AsyncLoad<TKey, TValue>[] started) = JoinOrStart(missing, values);
        Task end = started.Length == 0 ? Task.CompletedTask : RunManyAsync(started, state, factory);
        return WaitForManyAsync(end, [.. started, .. running], values, cancellationToken);
    }

    private async ValueTask<IReadOnlyDictionary<TKey, TValue>> WaitForManyAsync(
        Task end,
        AsyncLoad<TKey, TValue>[] loads,
        Dictionary<TKey, TValue> values,
        CancellationToken cancellationToken)
    {
        try
        {
            await end.WaitAsync(cancellationToken).ConfigureAwait(false);
            foreach (AsyncLoad<TKey, TValue> load in loads)
            {
                Loaded<TValue> loaded = await load.Result.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (loaded.HasValue)
                {
                    values[load.Key] = loaded.Value;
                }
            }

            return values;
        }
        finally
        {
            Array.ForEach(loads, Leave);
        }
    }

    private Dictionary<TKey, uint> TakeHits(IEnumerable<TKey> keys, Dictionary<TKey, TValue> values)
    {
        var missing = new Dictionary<TKey, uint>(_table.Comparer);
        foreach (TKey key in keys)
        {
            uint hash = HashOf(key);
            if (values.ContainsKey(key) || missing.ContainsKey(key))
            {
                continue;
            }

            if (TryHit(_table.Find(key, hash), out TValue? value))
            {
                values.Add(key, value);
            }
            else
            {
                CountMiss();
                missing.Add(key, hash);
            }
        }

        return missing;
    }

    // All in one step: what is refused is refused before anything has started.
    private (AsyncLoad<TKey, TValue>[] Running, AsyncLoad<TKey, TValue>[] Started) JoinOrStart(
        Dictionary<TKey, uint> missing,
        Dictionary<TKey, TValue> values)
    {
        long now = NowIfTimed();
        var running = new List<AsyncLoad<TKey, TValue>>();
        var toStart = new List<KeyValuePair<TKey, uint>>();
        using (_gate.EnterScope())
        {
            foreach (KeyValuePair<TKey, uint> entry in missing)
            {
                (TKey key, uint hash) = entry;
                if (FindToLoad(key, hash, now) is { } node)
                {
                    values[key] = node.Value; // stored by another since
                    continue;
                }

                ThrowIfLoadedByFlow(key);
                if (_asyncLoads.Joinable(key, hash) is { } load)
                {
                    running.Add(load);
                }
                else
                {
                    toStart.Add(entry);
                }
            }

            var abandonment = new LoadAbandonment(toStart.Count);
            AsyncLoad<TKey, TValue>[] started = [.. toStart.Select(entry => new AsyncLoad<TKey, TValue>(entry.Key, entry.Value, abandonment))];
            _asyncLoads.EnsureRoomFor(started.Length);
            running.ForEach(static load => load.Waiters++); // from here on nothing fails
            Array.ForEach(started, _asyncLoads.StartFirst);
            return ([.. running], started);
        }
    }

    // Ends after the callbacks, and fails only by theirs: what the factory threw is in the loads' results.
    private async Task RunManyAsync<TState>(
        AsyncLoad<TKey, TValue>[] loads,
        TState state,
        Func<IReadOnlyCollection<TKey>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> factory)
    {
        LoadScope<TKey>? scope = null;
        IReadOnlyDictionary<TKey, TValue> values;
        try
        {
            TKey[] keys = Array.ConvertAll(loads, static load => load.Key);
            _scope.Value = scope = new LoadScope<TKey>(keys, _table.Comparer, _scope.Value); // it asks the comparer, which may throw
            values = await factory(keys, state, loads[0].Abandonment.Token).ConfigureAwait(false)
                ?? throw new InvalidOperationException("The factory returned null instead of the values that it loaded.");
        }
        catch (Exception exception)
        {
            Array.ForEach(loads, load => EndFailed(_asyncLoads, load, exception));
            return;
        }
        finally
        {
            scope?.End();
        }

        var failures = new List<Exception>();
        Array.ForEach(loads, load => EndOneOfMany(load, values, failures));
        if (failures.Count > 0)
        {
            throw new AggregateException("Removal callbacks failed.", failures);
        }
    }

    // Whatever happens to one key, the loads of the others end too.
    private void EndOneOfMany(AsyncLoad<TKey, TValue> load, IReadOnlyDictionary<TKey, TValue> values, List<Exception> failures)
    {
        var removals = new Removals<TKey, TValue>(_reports);
        Loaded<TValue> loaded = default;
        try
        {
            if (values.TryGetValue(load.Key, out TValue? value))
            {
                loaded = new Loaded<TValue>(HasValue: true, value);
                removals = EndLoaded(_asyncLoads, load, value);
            }
            else
            {
                EndWithout(load);
            }
        }
        catch (Exception exception)
        {
            EndFailed(_asyncLoads, load, exception);
            return;
        }

        load.Complete(loaded);
        try
        {
            removals.Report();
        }
        catch (Exception exception)
        {
            failures.Add(exception);
        }
    }

    private void EndWithout(AsyncLoad<TKey, TValue> load)
    {
        using (_gate.EnterScope())
        {
            End(_asyncLoads, load);
        }
    }
}
