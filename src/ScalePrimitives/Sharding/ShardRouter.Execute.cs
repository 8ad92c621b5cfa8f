using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace ScalePrimitives.Sharding;

public sealed partial class ShardRouter<TKey, TShard>
{
    private const int MaxRedirects = 8; // a slot that moves on faster than it is followed is no slot that moves
    private const int MaxUnmapped = 64;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    // Shards that a redirect named and the map does not have yet: few, for as long as that takes.
    private readonly ConcurrentDictionary<string, TShard> _unmapped = new(StringComparer.Ordinal);

#pragma warning disable RS0026 // One takes a key, the other several, so the default makes no call ambiguous.

    /// <summary>
    /// Runs an operation where the key lives. When the shard says that the slot has moved (<see cref="StaleShardMapException"/>), runs it again there, though this router's map be old; when it says
    /// that the slot is just moving (<see cref="SlotFrozenException"/>), waits and tries again, for at most <see cref="ShardRouterOptions.FrozenBudget"/>. Where a shard sends it to one that cannot be reached any
    /// more, or to an older epoch than the call has, only the map can tell: then it waits for the <see cref="ShardMapWatcher"/> that the router follows, for at most as long.
    /// </summary>
    /// <param name="key">The shard key.</param>
    /// <param name="operation">The operation, which gives the shard the route's slot and epoch to check, and throws either exception before it has committed anything: it may run more than once.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What the operation returned.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ShardKeyClosedException">The map has an entry for a key that is not open yet.</exception>
    /// <exception cref="SlotFrozenException">The slot is still frozen after the budget.</exception>
    /// <exception cref="StaleShardMapException">The shards send the call round in a circle, back in time, or to one that is gone (the inner exception says why), and no map knows better.</exception>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public ValueTask<TResult> ExecuteAsync<TResult>(TKey key, Func<ShardRoute<TShard>, CancellationToken, ValueTask<TResult>> operation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return ExecuteInAsync(SlotOf(key, _current), operation, cancellationToken); // a newer map gives it no other
    }

    /// <summary>
    /// Runs one operation, such as a transaction, over several keys, as <see cref="ExecuteAsync{TResult}(TKey, Func{ShardRoute{TShard}, CancellationToken, ValueTask{TResult}}, CancellationToken)"/> does over one.
    /// All keys must be of one slot. That they are on one shard is not enough: slots that are there today are apart tomorrow, and what worked would fail from then on (Redis Cluster refuses the same, by
    /// its CROSSSLOT error).
    /// </summary>
    /// <param name="keys">The shard keys, at least one.</param>
    /// <param name="operation">The operation, which gives the shard the route's slot and epoch to check, and throws either exception before it has committed anything: it may run more than once.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What the operation returned.</returns>
    /// <exception cref="ArgumentNullException">An argument or a key is null.</exception>
    /// <exception cref="ArgumentException">There are no keys.</exception>
    /// <exception cref="CrossShardTransactionException">The keys are of several slots. Nothing has run.</exception>
    /// <exception cref="ShardKeyClosedException">The map has an entry for a key that is not open yet.</exception>
    /// <exception cref="SlotFrozenException">The slot is still frozen after the budget.</exception>
    /// <exception cref="StaleShardMapException">The shards send the call round in a circle, back in time, or to one that is gone (the inner exception says why), and no map knows better.</exception>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public ValueTask<TResult> ExecuteAsync<TResult>(IEnumerable<TKey> keys, Func<ShardRoute<TShard>, CancellationToken, ValueTask<TResult>> operation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(operation);
        return ExecuteInAsync(OneSlotOf(keys), operation, cancellationToken);
    }

#pragma warning restore RS0026

    private int OneSlotOf(IEnumerable<TKey> keys)
    {
        Snapshot current = _current;
        ShardMap map = current.Map;
        var slots = new SortedSet<int>(keys.Select(key => SlotOf(key, current)));
        return slots.Count switch
        {
            0 => throw new ArgumentException("keys must have one at least.", nameof(keys)),
            1 => slots.Min,
            _ => throw new CrossShardTransactionException([.. slots], [.. slots.Select(map.GetShardId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]),
        };
    }

    private async ValueTask<TResult> ExecuteInAsync<TResult>(int slot, Func<ShardRoute<TShard>, CancellationToken, ValueTask<TResult>> operation, CancellationToken cancellationToken)
    {
        ShardRoute<TShard> route = RouteOf(slot);
        TimeSpan pause = FirstPause;
        long firstFrozen = 0;
        for (int redirects = 0; ;)
        {
            StaleShardMapException moved;
            try
            {
                return await operation(route, cancellationToken).ConfigureAwait(false);
            }
            catch (StaleShardMapException stale) when (IsOf(stale, route) && redirects < MaxRedirects)
            {
                moved = stale;
            }
            catch (SlotFrozenException frozen) when (frozen.Slot == route.Slot && IsWithinBudget(ref firstFrozen))
            {
                await Task.Delay(pause, _timeProvider, cancellationToken).ConfigureAwait(false);
                pause = pause + pause < LongestPause ? pause + pause : LongestPause;
                route = Newer(route, RouteOf(slot));
                continue;
            }

            redirects++;
            _counts.Redirected();
            route = await NextAsync(moved, route, cancellationToken).ConfigureAwait(false);
        }
    }

    // Whether it is or not, there may be a newer map.
    private bool IsOf(StaleShardMapException moved, ShardRoute<TShard> route)
    {
        _watcher?.RequestRefresh();
        return moved.Slot == route.Slot;
    }

    private async ValueTask<ShardRoute<TShard>> NextAsync(StaleShardMapException moved, ShardRoute<TShard> tried, CancellationToken cancellationToken)
    {
        Exception? unresolved = null;
        if (moved.Epoch > tried.Epoch)
        {
            ShardRoute<TShard> mapped = RouteOf(moved.Slot);
            if (mapped.Epoch >= moved.Epoch)
            {
                return mapped;
            }

            try
            {
                return new ShardRoute<TShard>(ShardOf(moved.ShardId), moved.Slot, moved.Epoch);
            }
            catch (Exception exception)
            {
                unresolved = exception; // it has left, and the slot with it
            }
        }

        await RefreshedAsync(cancellationToken).ConfigureAwait(false);
        ShardRoute<TShard> route = RouteOf(moved.Slot);
        if (!EqualityComparer<ShardRoute<TShard>>.Default.Equals(route, tried))
        {
            return route;
        }

        ExceptionDispatchInfo.Throw(unresolved is null ? moved : new StaleShardMapException(moved.Slot, moved.ShardId, moved.Epoch, unresolved));
        return default;
    }

    // Waits for the newest map, but not for long, and not in vain. What fails has changed nothing.
    private async Task RefreshedAsync(CancellationToken cancellationToken)
    {
        if (_watcher is { } watcher)
        {
            try
            {
                await watcher.RefreshAsync(cancellationToken).WaitAsync(_frozenBudget, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // LastError of the watcher says why
            }
        }
    }

    // A map that came meanwhile may know better than a redirect.
    private static ShardRoute<TShard> Newer(ShardRoute<TShard> left, ShardRoute<TShard> right) => right.Epoch > left.Epoch ? right : left;

    private ShardRoute<TShard> RouteOf(int slot)
    {
        Snapshot current = Fresh();
        return new ShardRoute<TShard>(current.Shards[current.Map.GetShardIndex(slot)], slot, current.Map.GetEpochUnchecked(slot));
    }

    private bool IsWithinBudget(ref long firstFrozen)
    {
        _counts.Frozen();
        firstFrozen = firstFrozen == 0 ? _timeProvider.GetTimestamp() : firstFrozen;
        return _timeProvider.GetElapsedTime(firstFrozen) < _frozenBudget;
    }

    private TShard ShardOf(string shardId)
    {
        Snapshot current = _current;
        if (current.Map.FindShard(shardId) is >= 0 and int index)
        {
            return current.Shards[index];
        }

        if (!_unmapped.TryGetValue(shardId, out TShard? shard))
        {
            shard = Resolve(shardId);
            if (_unmapped.Count >= MaxUnmapped)
            {
                _unmapped.Clear();
            }

            shard = _unmapped.GetOrAdd(shardId, shard);
        }

        return shard;
    }
}
