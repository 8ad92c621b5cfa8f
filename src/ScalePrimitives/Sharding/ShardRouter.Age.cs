using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Sharding;

public sealed partial class ShardRouter<TKey, TShard>
{
    private readonly TimeSpan _maxMapAge;
    private volatile bool _isAgeLimited; // once so, for ever
    private volatile ShardMapWatcher? _watcher;

    TimeProvider IShardMapFollower.TimeProvider => _timeProvider;

    TimeSpan IShardMapFollower.MaxMapAge => _maxMapAge;

    bool IShardMapFollower.TryAttach(ShardMapWatcher watcher) => Interlocked.CompareExchange(ref _watcher, watcher, null) is null;

    void IShardMapFollower.LimitAge() => _isAgeLimited = _maxMapAge != Timeout.InfiniteTimeSpan;

    void IShardMapFollower.Detach(ShardMapWatcher watcher) => Interlocked.CompareExchange(ref _watcher, null, watcher);

    void IShardMapFollower.Take(ShardMap map, long askedAt)
    {
        lock (_updating)
        {
            TryUpdate(map);

            // Now the map here is at least as new as the newest one was when the store was asked, whoever brought it. Answers may arrive in any order.
            Snapshot current = _current;
            if (current.ConfirmedAt is not { } confirmedAt || confirmedAt < askedAt)
            {
                _current = current with { ConfirmedAt = askedAt };
            }
        }
    }

    private Snapshot Fresh()
    {
        Snapshot current = _current;
        if (_isAgeLimited)
        {
            CheckAge(current);
        }

        return current;
    }

    private void CheckAge(Snapshot current)
    {
        TimeSpan? age = AgeOf(current);
        if (age is null || age > _maxMapAge)
        {
            ThrowExpired(current.Map, age);
        }
    }

    [DoesNotReturn]
    private void ThrowExpired(ShardMap map, TimeSpan? age)
    {
        _counts.Expired();
        throw new ShardMapExpiredException(map.Id, map.Version, age, _maxMapAge, _watcher?.LastError);
    }

    private TimeSpan? AgeOf(Snapshot current) => current.ConfirmedAt is { } confirmedAt ? _timeProvider.GetElapsedTime(confirmedAt) : null;
}
