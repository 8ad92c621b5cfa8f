using System.Collections.Concurrent;

namespace ScalePrimitives.Sharding;

public sealed partial class ShardRouter<TKey, TShard>
{
    private const int MaxRedirects = 8; // a slot that moves on faster than it is followed is no slot that moves

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    // Shards that a redirect named and the map does not have yet.
    private readonly ConcurrentDictionary<string, TShard> _unmapped = new(StringComparer.Ordinal);

    /// <summary>
    /// Runs an operation where the key lives. When the shard says that the slot has moved (<see cref="StaleShardMapException"/>), runs it again there, though this router's map be old; when it says
    /// that the slot is just moving (<see cref="SlotFrozenException"/>), waits and tries again, for at most <see cref="ShardRouterOptions.FrozenBudget"/>.
    /// </summary>
    /// <param name="key">The shard key.</param>
    /// <param name="operation">The operation, which gives the shard the route's slot and epoch to check, and throws either exception before it has committed anything: it may run more than once.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What the operation returned.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="SlotFrozenException">The slot is still frozen after the budget.</exception>
    /// <exception cref="StaleShardMapException">The shards send the call round in a circle, or back in time.</exception>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public async ValueTask<TResult> ExecuteAsync<TResult>(TKey key, Func<ShardRoute<TShard>, CancellationToken, ValueTask<TResult>> operation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ShardRoute<TShard> route = Route(key);
        TimeSpan pause = FirstPause;
        long firstFrozen = 0;
        for (int redirects = 0; ;)
        {
            try
            {
                return await operation(route, cancellationToken).ConfigureAwait(false);
            }
            catch (StaleShardMapException moved) when (LeadsOn(moved, route) && redirects < MaxRedirects)
            {
                redirects++;
                route = Newer(new ShardRoute<TShard>(ShardOf(moved.ShardId), moved.Slot, moved.Epoch), Route(key));
            }
            catch (SlotFrozenException frozen) when (frozen.Slot == route.Slot && IsWithinBudget(ref firstFrozen))
            {
                await Task.Delay(pause, _timeProvider, cancellationToken).ConfigureAwait(false);
                pause = pause + pause < LongestPause ? pause + pause : LongestPause;
                route = Newer(route, Route(key));
            }
        }
    }

    // Whether it does or not, there may be a newer map; this call does not wait for it.
    private bool LeadsOn(StaleShardMapException moved, ShardRoute<TShard> route)
    {
        _watcher?.RequestRefresh();
        return moved.Slot == route.Slot && moved.Epoch > route.Epoch;
    }

    // A map that came meanwhile may know better than a redirect.
    private static ShardRoute<TShard> Newer(ShardRoute<TShard> left, ShardRoute<TShard> right) => right.Epoch > left.Epoch ? right : left;

    private bool IsWithinBudget(ref long firstFrozen)
    {
        firstFrozen = firstFrozen == 0 ? _timeProvider.GetTimestamp() : firstFrozen;
        return _timeProvider.GetElapsedTime(firstFrozen) < _frozenBudget;
    }

    private TShard ShardOf(string shardId)
    {
        Snapshot current = _current;
        return current.Map.FindShard(shardId) is >= 0 and int index ? current.Shards[index] : _unmapped.GetOrAdd(shardId, Resolve);
    }
}
