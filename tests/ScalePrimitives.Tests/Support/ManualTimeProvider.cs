namespace ScalePrimitives.Tests.Support;

/// <summary>
/// A clock that moves only when told to, with the wall clock and the monotonic clock apart: a wall clock may be set back
/// while the monotonic one goes on, which a clock that moves both together would hide. Timers follow the monotonic clock
/// and fire on the thread that advances it. Thread-safe.
/// </summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _wall;
    private long _monotonicTicks;

    public ManualTimeProvider(DateTimeOffset? start = null) =>
        _wall = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _wall;
        }
    }

    public override long GetTimestamp() => Volatile.Read(ref _monotonicTicks);

    /// <summary>Lets time pass: both clocks move on, and the timers that fall due fire in order of their due times.</summary>
    public void Advance(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        long target = GetTimestamp() + duration.Ticks;
        while (TakeDue(target) is { } due)
        {
            due.Fire();
        }

        lock (_gate)
        {
            MoveTo(target);
        }
    }

    /// <summary>Steps the wall clock alone, forward or back, as an administrator or NTP does.</summary>
    public void SetWall(DateTimeOffset now)
    {
        lock (_gate)
        {
            _wall = now;
        }
    }

    /// <summary>Steps the wall clock alone by <paramref name="step"/>.</summary>
    public void StepWall(TimeSpan step)
    {
        lock (_gate)
        {
            _wall += step;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(long target)
    {
        lock (_gate)
        {
            ManualTimer? due = _timers.Where(timer => timer.DueTicks <= target).MinBy(timer => timer.DueTicks);
            if (due is not null)
            {
                MoveTo(Math.Max(due.DueTicks, _monotonicTicks));
                due.Reschedule();
            }

            return due;
        }
    }

    private void MoveTo(long ticks)
    {
        _wall += TimeSpan.FromTicks(ticks - _monotonicTicks);
        Volatile.Write(ref _monotonicTicks, ticks);
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long DueTicks { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                owner._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    DueTicks = owner._monotonicTicks + dueTime.Ticks;
                    _period = period;
                    owner._timers.Add(this);
                }

                return true;
            }
        }

        public void Fire() => callback(state);

        public void Reschedule()
        {
            if (_period > TimeSpan.Zero)
            {
                DueTicks += _period.Ticks;
            }
            else
            {
                owner._timers.Remove(this);
            }
        }

        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
