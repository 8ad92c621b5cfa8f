namespace ScalePrimitives.Caching;

/// <content>Single flight of asynchronous factories.</content>
public sealed partial class Cache<TKey, TValue>
{
    private readonly AsyncLocal<LoadScope<TKey>?> _scope = new();

    /// <inheritdoc/>
    /// <remarks>An exception that <see cref="CacheOptions{TKey, TValue}.OnRemoved"/> throws after the load leaves the call whose
    /// factory ran; when that call was cancelled meanwhile, it becomes an unobserved task exception.</remarks>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public ValueTask<TValue> GetOrAddAsync<TState>(
        TKey key,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> factory,
        CancellationToken cancellationToken = default)
    {
        uint hash = HashOf(key);
        ArgumentNullException.ThrowIfNull(factory);
        CacheNode<TKey, TValue>? node = _table.Find(key, hash);
        if (!TryHit(node, out TValue? value))
        {
            return LoadAsync(key, hash, state, factory, cancellationToken);
        }

        if (node.HasTerms && TryStartRefresh(TermsOf(node), out long due))
        {
            RefreshAsync(TermsOf(node), due, state, factory);
        }

        return ValueTask.FromResult(value);
    }

    private ValueTask<TValue> LoadAsync<TState>(
        TKey key,
        uint hash,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> factory,
        CancellationToken cancellationToken)
    {
        long now = NowIfTimed();
        CacheNode<TKey, TValue>? node;
        AsyncLoad<TKey, TValue>? running = null;
        AsyncLoad<TKey, TValue>? started = null;
        using (_gate.EnterScope())
        {
            node = FindToLoad(key, hash, now);
            if (node is null)
            {
                ThrowIfLoadedByFlow(key);
                if (!cancellationToken.IsCancellationRequested)
                {
                    (running, started) = JoinOrStart(key, hash);
                }
            }
        }

        if (node is not null)
        {
            return ValueTask.FromResult(Hit(node));
        }

        _misses.Increment();
        return started is not null ? WaitForOwnAsync(started, RunAsync(started, state, factory), cancellationToken)
            : running is not null ? WaitForOtherAsync(running, state, factory, cancellationToken)
            : ValueTask.FromCanceled<TValue>(cancellationToken);
    }

    // Under the lock.
    private (AsyncLoad<TKey, TValue>? Running, AsyncLoad<TKey, TValue>? Started) JoinOrStart(TKey key, uint hash)
    {
        if (_asyncLoads.Joinable(key, hash) is { } running)
        {
            running.Waiters++;
            return (running, null);
        }

        var started = new AsyncLoad<TKey, TValue>(key, hash, new LoadAbandonment(loadCount: 1));
        _asyncLoads.Start(started);
        return (null, started);
    }

    // Ends after the callbacks, and fails only by theirs: what the factory threw is in the load's result.
    private async Task RunAsync<TState>(
        AsyncLoad<TKey, TValue> load,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> factory)
    {
        // Set inside an asynchronous method, so it flows into the factory and is undone for the caller.
        var scope = new LoadScope<TKey>(load.Key, _scope.Value);
        _scope.Value = scope;
        TValue value;
        Removals<TKey, TValue> removals;
        try
        {
            value = await factory(load.Key, state, load.Abandonment.Token).ConfigureAwait(false);
            removals = EndLoaded(_asyncLoads, load, value);
        }
        catch (Exception exception)
        {
            EndFailed(_asyncLoads, load, exception);
            return;
        }
        finally
        {
            scope.End();
        }

        load.Complete(new Loaded<TValue>(HasValue: true, value));
        removals.Report();
    }

    // For the caller whose factory runs, the end is that of the run, callbacks included; for the others, that of the load.
    private async ValueTask<TValue> WaitForOwnAsync(AsyncLoad<TKey, TValue> load, Task end, CancellationToken cancellationToken) =>
        (await WaitAsync(load, end, cancellationToken).ConfigureAwait(false)).Value;

    private async ValueTask<TValue> WaitForOtherAsync<TState>(
        AsyncLoad<TKey, TValue> load,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> factory,
        CancellationToken cancellationToken)
    {
        Loaded<TValue> loaded = await WaitAsync(load, load.Result, cancellationToken).ConfigureAwait(false);

        // A run for many keys may have found nothing for this one.
        return loaded.HasValue
            ? loaded.Value
            : await GetOrAddAsync(load.Key, state, factory, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Loaded<TValue>> WaitAsync(AsyncLoad<TKey, TValue> load, Task end, CancellationToken cancellationToken)
    {
        try
        {
            await end.WaitAsync(cancellationToken).ConfigureAwait(false);
            return await load.Result.ConfigureAwait(false);
        }
        finally
        {
            Leave(load);
        }
    }

    // Under the lock. An asynchronous factory is known by the flow of its execution context, on whatever thread.
    private void ThrowIfLoadedByFlow(TKey key)
    {
        for (LoadScope<TKey>? scope = _asyncLoads.Count == 0 ? null : _scope.Value; scope is not null; scope = scope.Outer)
        {
            if (scope.IsRunning && scope.Loads(key, _table.Comparer))
            {
                ThrowLoadedByCaller();
            }
        }
    }

    private void Leave(AsyncLoad<TKey, TValue> load)
    {
        using (_gate.EnterScope())
        {
            if (--load.Waiters > 0 || load.HasEnded)
            {
                return;
            }

            load.IsSuperseded = true; // before anyone can join a load whose token is about to fire
        }

        load.Abandonment.AbandonOne();
    }
}
