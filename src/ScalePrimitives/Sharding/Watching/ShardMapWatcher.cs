using System.Collections.Immutable;
using System.Security.Cryptography;
using ScalePrimitives.Hashing;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Follows a store of maps for the routers of a process: asks it at an interval, gives every router what is newer, and confirms the age of what they have when nothing is
/// (<see cref="ShardRouterOptions.MaxMapAge"/>). Thread-safe.
/// </summary>
/// <remarks>
/// <para>A timer of the options' <see cref="ShardMapWatcherOptions.TimeProvider"/> begins every read, one at a time, the first at once. A router that follows asks for one when
/// <c>ExecuteAsync</c> or <c>ScatterAsync</c> meets a <see cref="StaleShardMapException"/>, without waiting for it: however many ask, they share the next read.</para>
/// <para>While the store fails, pauses grow (<see cref="ShardMapWatcherOptions.LongestPause"/>) for those who ask too, and <see cref="LastError"/> says why.</para>
/// <para>It holds on to the routers that follow, until <see cref="Unfollow"/> or its disposal; one that is not disposed of reads for ever.</para>
/// </remarks>
public sealed partial class ShardMapWatcher : IAsyncDisposable
{
    private const double JitterShare = 0.2;

    private readonly IShardMapStore _store;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _shortestInterval;
    private readonly TimeSpan _longestPause;
    private readonly TimeSpan _readTimeout;
    private readonly CancellationTokenSource _disposing = new();
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly HashSet<IShardMapFollower> _taking = []; // those that are just taking a map
    private ImmutableArray<IShardMapFollower> _followers = [];
    private ShardMap? _map; // the newest that all took, and when the store was last asked since
    private long _askedAt;
    private TaskCompletionSource? _read; // under way
    private TaskCompletionSource? _nextRead; // asked for
    private long _pausingSince;
    private TimeSpan _pollPause;
    private TimeSpan _requestPause;
    private TimeSpan _failurePause; // zero after a success
    private ulong _random;
    private Task? _disposal;
    private volatile Exception? _lastError;

    /// <summary>Starts a watcher.</summary>
    /// <param name="store">The store of the map; it stays the caller's.</param>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    /// <exception cref="ArgumentException">The interval is shorter than the shortest, or longer than the longest pause.</exception>
    public ShardMapWatcher(IShardMapStore store, ShardMapWatcherOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new ShardMapWatcherOptions();
        if (options.ShortestInterval > options.Interval || options.Interval > options.LongestPause)
        {
            throw new ArgumentException($"Interval must be from ShortestInterval, {options.ShortestInterval}, to LongestPause, {options.LongestPause}, but was {options.Interval}.", nameof(options));
        }

        (_store, _timeProvider) = (store, options.TimeProvider);
        (_interval, _shortestInterval, _longestPause, _readTimeout) = (options.Interval, options.ShortestInterval, options.LongestPause, options.ReadTimeout);
        _random = options.Seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _pausingSince = _timeProvider.GetTimestamp();
        _timer = _timeProvider.CreateTimer(static watcher => ((ShardMapWatcher)watcher!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Schedule();
    }

    /// <summary>Gets why the last read failed: what the store threw, or routers that refused its map. Null when it succeeded.</summary>
    public Exception? LastError => _lastError;

    /// <summary>Waits for a read that begins after this call, and with that the routers that follow have what was the newest map when it was made. All who wait share one read.</summary>
    /// <param name="cancellationToken">Ends the wait, not the read.</param>
    /// <returns>A task that ends when the routers have the map.</returns>
    /// <exception cref="ObjectDisposedException">The watcher is disposed of.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <remarks>What the store throws passes to those who wait, as does what a router throws that refuses the map; <see cref="TimeoutException"/> when there was no answer in time,
    /// <see cref="InvalidOperationException"/> when the store has no map.</remarks>
    public Task RefreshAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            return Ask().Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends a read under way, and reads no more. Routers keep the maps they have, which are confirmed no more. Further calls wait for the first.</summary>
    /// <returns>A task that ends when nothing is under way, or when what is under way was given up because it holds on to its thread: twice <see cref="ShardMapWatcherOptions.ReadTimeout"/>
    /// after the read began.</returns>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposal ??= CloseAsync(_read, _nextRead, _followers);
            return new ValueTask(_disposal);
        }
    }

    /// <summary>Asks for a read, and waits for nothing.</summary>
    internal void RequestRefresh()
    {
        lock (_gate)
        {
            if (_disposal is null)
            {
                Ask();
            }
        }
    }

    private static TaskCompletionSource NewRead() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Complete(TaskCompletionSource read, Exception? error)
    {
        if (error is null)
        {
            read.SetResult();
            return;
        }

        read.SetException(error);
        _ = read.Task.Exception; // seen, should nobody wait
    }

    // Under the gate.
    private TaskCompletionSource Ask()
    {
        if (_nextRead is null)
        {
            _nextRead = NewRead();
            if (_read is null)
            {
                Schedule();
            }
        }

        return _nextRead;
    }

    // Under the gate, with no read under way.
    private void Schedule()
    {
        TimeSpan due = (_nextRead is null ? _pollPause : _requestPause) - _timeProvider.GetElapsedTime(_pausingSince);
        _timer.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void OnDue()
    {
        TaskCompletionSource read;
        lock (_gate)
        {
            if (_disposal is not null || _read is not null)
            {
                return;
            }

            (read, _nextRead) = (_nextRead ?? NewRead(), null);
            _read = read;
        }

        _ = ReadAsync(read);
    }

    // Never throws: what fails is told to those who wait, and tried again.
    private async Task ReadAsync(TaskCompletionSource read)
    {
        long askedAt = _timeProvider.GetTimestamp(); // before the store is asked: it may change as it answers
        ITimer limit = _timeProvider.CreateTimer(_ => GiveUp(read, askedAt), null, _readTimeout + _readTimeout, Timeout.InfiniteTimeSpan);
        Exception? failure = null;
        Exception? refusal = null;
        try
        {
            ShardMap map = await Deadline.WithinAsync(token => _store.ReadAsync(_map?.Version ?? 0, token), _readTimeout, _timeProvider, _disposing.Token).ConfigureAwait(false)
                ?? _map ?? throw new InvalidOperationException("The store has no map.");
            refusal = HandOn(map, askedAt, read);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        await limit.DisposeAsync().ConfigureAwait(false);
        End(read, askedAt, failure, refusal);
    }

    // The thread of the read is in a store or a router that does not give it back, where no deadline reaches it.
    private void GiveUp(TaskCompletionSource read, long askedAt) =>
        End(read, askedAt, new TimeoutException($"The store has not returned from a call, or a router's function that resolves shards has not, within {_readTimeout + _readTimeout}."), refusal: null);

    private void End(TaskCompletionSource read, long askedAt, Exception? failure, Exception? refusal)
    {
        Exception? error;
        lock (_gate)
        {
            if (!ReferenceEquals(_read, read))
            {
                return; // given up
            }

            _read = null;
            error = Settle(askedAt, failure, refusal);
        }

        Complete(read, error);
    }

    // Under the gate.
    private Exception? Settle(long askedAt, Exception? failure, Exception? refusal)
    {
        if (_disposal is not null)
        {
            return new ObjectDisposedException(nameof(ShardMapWatcher));
        }

        if (failure is null)
        {
            _failurePause = TimeSpan.Zero;
            (_pausingSince, _pollPause, _requestPause) = (askedAt, Jittered(_interval), _shortestInterval);
        }
        else
        {
            _failurePause = _failurePause == TimeSpan.Zero ? _interval : TimeSpan.FromTicks(Math.Min(2 * _failurePause.Ticks, _longestPause.Ticks));
            _pausingSince = _timeProvider.GetTimestamp();
            _pollPause = _requestPause = Jittered(_failurePause);
        }

        _lastError = failure ?? refusal;
        Schedule();
        return _lastError;
    }

    private TimeSpan Jittered(TimeSpan pause) => pause * (1 - (JitterShare * (KeyHash.Of(_random++) * Math.ScaleB(1, -64))));

    private async Task CloseAsync(TaskCompletionSource? read, TaskCompletionSource? nextRead, ImmutableArray<IShardMapFollower> followers)
    {
        // Neither is waited for: a store that holds on to its thread may hold up the timer, and what it does at the token's end the other.
#pragma warning disable CA1849
        _timer.Dispose();
#pragma warning restore CA1849
        _ = _disposing.CancelAsync().ContinueWith(_ => _disposing.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (read is not null)
        {
            await read.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (nextRead is not null)
        {
            Complete(nextRead, new ObjectDisposedException(nameof(ShardMapWatcher)));
        }

        foreach (IShardMapFollower follower in followers)
        {
            follower.Detach(this);
        }
    }
}
