using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

public sealed partial class ShardMapWatcher
{
    /// <summary>Lets a router follow: it gets the newest map from now on, and the age of its map is enforced (<see cref="ShardRouterOptions.MaxMapAge"/>).</summary>
    /// <param name="router">The router. Its map is older than allowed until the store was asked once: await <see cref="RefreshAsync"/> before its first call.</param>
    /// <exception cref="ArgumentNullException"><paramref name="router"/> is null.</exception>
    /// <exception cref="ArgumentException">The router has another clock than the watcher, an age limit below twice the interval, or a map of another lineage or strategy.</exception>
    /// <exception cref="InvalidOperationException">The router follows a watcher already.</exception>
    /// <exception cref="ObjectDisposedException">The watcher is disposed of.</exception>
    public void Follow<TKey, TShard>(ShardRouter<TKey, TShard> router)
    {
        ArgumentNullException.ThrowIfNull(router);
        IShardMapFollower follower = router;
        if (!ReferenceEquals(follower.TimeProvider, _timeProvider))
        {
            throw new ArgumentException("The router has another TimeProvider than the watcher: times of the one say nothing to the other.", nameof(router));
        }

        if (follower.MaxMapAge != Timeout.InfiniteTimeSpan && follower.MaxMapAge < _interval + _interval)
        {
            throw new ArgumentException($"The router's MaxMapAge must be at least twice the watcher's Interval, {_interval}, but is {follower.MaxMapAge}. Movers have to wait longer than it before they delete a copy.", nameof(router));
        }

        Add(follower);
    }

    /// <summary>Lets a router follow no more. It keeps its map.</summary>
    /// <param name="router">The router.</param>
    /// <returns>False when it did not follow this watcher.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="router"/> is null.</exception>
    public bool Unfollow<TKey, TShard>(ShardRouter<TKey, TShard> router)
    {
        ArgumentNullException.ThrowIfNull(router);
        return Remove(router);
    }

    private void Add(IShardMapFollower follower)
    {
        if (!follower.TryAttach(this))
        {
            throw new InvalidOperationException("The router follows a watcher already.");
        }

        try
        {
            ShardMap? map;
            long askedAt;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposal is not null, this);
                _followers = _followers.Add(follower);
                (map, askedAt) = (_map, _askedAt);
            }

            if (map is not null)
            {
                follower.Take(map, askedAt);
            }

            follower.LimitAge();
        }
        catch
        {
            Remove(follower);
            follower.Detach(this);
            throw;
        }
    }

    private bool Remove(IShardMapFollower follower)
    {
        lock (_gate)
        {
            int followers = _followers.Length;
            _followers = _followers.Remove(follower);
            bool followed = _followers.Length < followers;
            if (followed)
            {
                follower.Detach(this);
            }

            return followed;
        }
    }

    private Exception? HandOn(ShardMap map, long askedAt, TaskCompletionSource read)
    {
        ImmutableArray<IShardMapFollower> followers;
        lock (_gate)
        {
            followers = _followers;
        }

        var refusals = new List<Exception>();
        foreach (IShardMapFollower follower in followers)
        {
            try
            {
                TakeAlone(follower, map, askedAt);
            }
            catch (Exception exception)
            {
                refusals.Add(exception); // the others are to have it all the same
            }
        }

        if (refusals.Count > 0)
        {
            return refusals.Count == 1 ? refusals[0] : new AggregateException(refusals); // and the map is read again: it may be replaced by one of a lower version
        }

        lock (_gate)
        {
            if (ReferenceEquals(_read, read)) // else it was given up, and what came since is newer
            {
                (_map, _askedAt) = (map, askedAt);
            }
        }

        return null;
    }

    // One whose resolving function does not return is passed over until it does: the others need the map.
    private void TakeAlone(IShardMapFollower follower, ShardMap map, long askedAt)
    {
        lock (_gate)
        {
            if (!_taking.Add(follower))
            {
                throw new TimeoutException("A router has not taken the map before this one yet: its function that resolves shards does not return.");
            }
        }

        try
        {
            follower.Take(map, askedAt);
        }
        finally
        {
            lock (_gate)
            {
                _taking.Remove(follower);
            }
        }
    }
}
