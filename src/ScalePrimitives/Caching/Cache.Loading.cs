using System.Diagnostics;

namespace ScalePrimitives.Caching;

/// <content>Single flight: one factory run a key, shared by all callers of the same kind.</content>
public sealed partial class Cache<TKey, TValue>
{
    private readonly LoadTable<TKey, SyncLoad<TKey, TValue>> _syncLoads;
    private readonly LoadTable<TKey, AsyncLoad<TKey, TValue>> _asyncLoads;
    private readonly AsyncLocal<LoadScope<TKey>?> _scope = new();

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
        uint hash = HashOf(key);
        ArgumentNullException.ThrowIfNull(factory);
        SyncLoad<TKey, TValue>? running;
        SyncLoad<TKey, TValue> started;
        lock (_gate)
        {
            if (TryHit(key, hash, out TValue? value))
            {
                return value;
            }

            ThrowIfLoadedByCaller(key);
            running = _syncLoads.Joinable(key);
            started = running ?? new SyncLoad<TKey, TValue>(key);
            if (running is null)
            {
                _syncLoads.Start(started);
            }
        }

        // Waited for outside the lock, which the thread that loads needs.
        return running is null ? Run(started, hash, state, factory) : running.Wait();
    }

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
        AsyncLoad<TKey, TValue>? running;
        AsyncLoad<TKey, TValue> started;
        lock (_gate)
        {
            if (TryHit(key, hash, out TValue? value))
            {
                return ValueTask.FromResult(value);
            }

            ThrowIfLoadedByFlow(key);
            if (cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromCanceled<TValue>(cancellationToken);
            }

            running = _asyncLoads.Joinable(key);
            started = running ?? new AsyncLoad<TKey, TValue>(key);
            if (running is null)
            {
                _asyncLoads.Start(started);
            }
            else
            {
                running.Waiters++;
            }
        }

        return running is null
            ? WaitAsync(started, RunAsync(started, hash, state, factory), cancellationToken)
            : WaitAsync(running, running.Result, cancellationToken);
    }

    private TValue Run<TState>(SyncLoad<TKey, TValue> load, uint hash, TState state, Func<TKey, TState, TValue> factory)
    {
        // Flows to the threads that the factory starts, which would wait for it as it waits for them.
        LoadScope<TKey>? outer = _scope.Value;
        var scope = new LoadScope<TKey>(load.Key, outer);
        _scope.Value = scope;
        TValue value;
        Removals<TKey, TValue> removals;
        try
        {
            value = factory(load.Key, state);
            removals = EndLoaded(_syncLoads, load, hash, value);
        }
        catch (Exception exception)
        {
            EndFailed(_syncLoads, load, exception);
            throw;
        }
        finally
        {
            scope.End();
            _scope.Value = outer;
        }

        load.Complete(value);
        removals.Report();
        return value;
    }

    // Ends after the callbacks, and fails only by theirs: what the factory threw is in the load's result.
    private async Task RunAsync<TState>(
        AsyncLoad<TKey, TValue> load,
        uint hash,
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
            value = await factory(load.Key, state, load.Token).ConfigureAwait(false);
            removals = EndLoaded(_asyncLoads, load, hash, value);
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

        load.Complete(value);
        removals.Report();
    }

    // For the caller whose factory runs, the end is that of the run, callbacks included; for the others, that of the load.
    private async ValueTask<TValue> WaitAsync(AsyncLoad<TKey, TValue> load, Task end, CancellationToken cancellationToken)
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

    private void Leave(AsyncLoad<TKey, TValue> load)
    {
        lock (_gate)
        {
            if (--load.Waiters > 0 || load.HasEnded)
            {
                return;
            }

            load.IsSuperseded = true; // before anyone can join a load whose token is about to fire
        }

        load.Abandon();
    }

    // Under the lock. By thread as well as by flow: a factory may have suppressed the flow of its context.
    private void ThrowIfLoadedByCaller(TKey key)
    {
        for (Load<TKey>? load = _syncLoads.Latest(key); load is not null; load = load.Earlier)
        {
            if (((SyncLoad<TKey, TValue>)load).IsOwnedByThisThread)
            {
                ThrowLoadedByCaller();
            }
        }

        ThrowIfLoadedByFlow(key);
    }

    // Under the lock.
    private void ThrowIfLoadedByFlow(TKey key)
    {
        for (LoadScope<TKey>? scope = _scope.Value; scope is not null; scope = scope.Outer)
        {
            if (scope.IsRunning && _table.Comparer.Equals(scope.Key, key))
            {
                ThrowLoadedByCaller();
            }
        }
    }

    private static void ThrowLoadedByCaller() =>
        throw new InvalidOperationException("The factory asks for the key that it is loading, and would wait for itself.");

    private void EndFailed<TLoad>(LoadTable<TKey, TLoad> loads, TLoad load, Exception exception)
        where TLoad : Load<TKey>
    {
        try
        {
            lock (_gate)
            {
                loads.End(load);
                _loads++;
                _loadFailures++;
            }
        }
        finally
        {
            // Whatever happens here (the key's comparer may fail), those that wait must not wait forever. Not before the
            // load has left the table, or one that tries again would join it and get the same exception.
            load.Fail(exception);
        }
    }

    private Removals<TKey, TValue> EndLoaded<TLoad>(LoadTable<TKey, TLoad> loads, TLoad load, uint hash, TValue value)
        where TLoad : Load<TKey>
    {
        var removals = new Removals<TKey, TValue>(_onRemoved);
        lock (_gate)
        {
            loads.End(load);
            if (!load.IsSuperseded)
            {
                Debug.Assert(_table.Find(load.Key, hash) is null, "Whatever stores a value supersedes the loads of its key.");
                SupersedeLoads(load.Key); // one of the other kind
                Insert(NewNode(hash, load.Key, value), ref removals);
            }

            _loads++;
        }

        return removals;
    }

    // Under the lock. A write to the key wins over the loads that began before it.
    private void SupersedeLoads(TKey key)
    {
        _syncLoads.Supersede(key);
        _asyncLoads.Supersede(key);
    }
}
