namespace ScalePrimitives.Caching;

/// <content>Refresh-ahead: the value that is there now, and one reload behind.</content>
public sealed partial class Cache<TKey, TValue>
{
    // Of the callers that find the value due, one gets the claim. When it was due tells how to give it back.
    private bool TryStartRefresh(TermsNode<TKey, TValue> node, out long due)
    {
        due = node.RefreshAt;
        return due != long.MaxValue && _terms.Now >= due && node.TryClaimRefresh(due);
    }

    // On the pool, whatever the factory does first. Not to be joined: a caller that blocks may hold the thread it needs.
    private void Refresh<TState>(TermsNode<TKey, TValue> node, long due, TState state, Func<TKey, TState, TValue> factory)
    {
        var load = new SyncLoad<TKey, TValue>(node.Key, node.Hash, canBeJoined: false);
        if (TryStart(_syncLoads, load, node))
        {
            _ = Task.Run(() =>
            {
                LeaveCallersLoads();
                try
                {
                    Run(load, state, factory);
                }
                catch
                {
                    node.RefreshAgain(due);
                    throw; // an unobserved task exception
                }
            });
        }
    }

    private void RefreshAsync<TState>(
        TermsNode<TKey, TValue> node,
        long due,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> factory)
    {
        // The refresh is its own waiter, so that those that join it and give up never abandon it.
        var load = new AsyncLoad<TKey, TValue>(node.Key, node.Hash, new LoadAbandonment(loadCount: 1));
        if (TryStart(_asyncLoads, load, node))
        {
            _ = Task.Run(async () =>
            {
                LeaveCallersLoads();
                await RunAsync(load, state, factory).ConfigureAwait(false);
                if (load.Result.IsFaulted)
                {
                    node.RefreshAgain(due);
                    await load.Result.ConfigureAwait(false); // an unobserved task exception
                }
            });
        }
    }

    // The factory that the call came from does not wait for the refresh, which may ask for the key that it is loading. What
    // else flows with the execution context is the caller's own.
    private void LeaveCallersLoads() => _scope.Value = null;

    private bool TryStart<TLoad>(LoadTable<TKey, TLoad> loads, TLoad load, TermsNode<TKey, TValue> node)
        where TLoad : Load<TKey>
    {
        using (_gate.EnterScope())
        {
            // A write since has superseded the refresh before it began.
            bool starts = !node.IsDead;
            if (starts)
            {
                loads.Start(load);
            }

            return starts;
        }
    }
}
