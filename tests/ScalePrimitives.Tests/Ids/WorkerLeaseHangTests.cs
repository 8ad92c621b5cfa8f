using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>A store whose calls do not return, and do not regard their tokens: the lease gives them up and lives on.</summary>
public class WorkerLeaseHangTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CallLimit = Duration / 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20); // for what takes no time when it works
    private static readonly WorkerSpace Space = new("hanging", SnowflakeLayout.Twitter);

    private readonly ManualTimeProvider _clock = new();
    private readonly InMemoryWorkerLeaseStore _shared;
    private readonly HangingLeaseStore _store;

    public WorkerLeaseHangTests()
    {
        _shared = new InMemoryWorkerLeaseStore(_clock);
        _store = new HangingLeaseStore(_shared);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_renewal_that_never_returns_is_given_up_and_the_store_is_asked_again()
    {
        WorkerLease lease = await Acquire();
        DateTimeOffset end = lease.Grant.NotAfter;
        _store.Calls.IsHolding = true;
        _clock.Advance(Duration / 3);
        Assert.Equal(2, _store.Calls.Made);
        _clock.Advance(Duration); // past the window: each call is given up, and the store is asked again
        Assert.InRange(_store.Calls.Made, 4, 10);
        Assert.True(_clock.GetUtcNow() > end);
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => lease.Generator.Next());
        Assert.IsType<TimeoutException>(refusal.InnerException);

        _store.Calls.IsHolding = false;
        _clock.Advance(2 * CallLimit);
        Assert.Equal(_clock.GetUtcNow(), Space.Layout.Decode(lease.Generator.Next()).Timestamp, SnowflakeSamples.Millisecond);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_ends_in_bounded_time_though_renewal_and_release_hang()
    {
        WorkerLease lease = await Acquire();
        _store.Calls.IsHolding = true;
        _clock.Advance(Duration / 3);
        Task disposal = lease.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted); // it waits for the release
        _clock.Advance(CallLimit);
        await disposal.WaitAsync(Patience, Cancellation);
        Assert.Throws<InvalidOperationException>(() => lease.Generator.Next());
    }

    // What holds a thread is a store's own affair; but it must not hold those who ask the lease.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_holds_its_thread_holds_no_other(bool renewing)
    {
        using var entered = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();
        var store = new InterceptedLeaseStore(_shared);
        WorkerLease lease = await WorkerLease.AcquireAsync(store, Space, Options(), Cancellation);
        Action hold = () =>
        {
            entered.Set();
            ended.Wait(Cancellation);
        };
        store.OnRenew = renewing ? hold : null;
        store.OnRelease = renewing ? null : _ => hold();
        Task held = Task.Run(async () => await (renewing ? RenewAsync() : lease.DisposeAsync().AsTask()), Cancellation);
        try
        {
            Assert.True(entered.Wait(Patience, Cancellation));
            Assert.Equal(0, (await Task.Run(() => lease.Grant, Cancellation).WaitAsync(Patience, Cancellation)).Worker);
            Task disposal = Task.Run(async () => await lease.DisposeAsync(), Cancellation);
            if (renewing)
            {
                await disposal.WaitAsync(Patience, Cancellation);
            }
        }
        finally
        {
            ended.Set();
        }

        await held.WaitAsync(Patience, Cancellation);

        Task RenewAsync()
        {
            _clock.Advance(Duration / 3);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_renewal_that_arrives_late_is_used_while_the_worker_is_still_held()
    {
        await using WorkerLease lease = await Acquire();
        _store.Calls.IsHolding = true;
        _clock.Advance(Duration / 3);
        DateTimeOffset renewedUntil = Space.Layout.StartOf(Space.Layout.TickAt(_clock.GetUtcNow() + Duration));
        _clock.Advance(CallLimit); // given up
        Assert.True(lease.Grant.NotAfter < renewedUntil);
        _store.Calls.AnswerOldest();
        Assert.Equal(renewedUntil, lease.Grant.NotAfter);
        _clock.Advance(renewedUntil - _clock.GetUtcNow() - SnowflakeSamples.Millisecond);
        lease.Generator.Next();
        _store.Calls.IsHolding = false;
    }

    [Fact]
    public async Task A_renewal_that_arrives_after_the_worker_was_lost_extends_nothing()
    {
        await using WorkerLease lease = await Acquire();
        WorkerGrant lost = lease.Grant;
        _store.Calls.IsHolding = true;
        _clock.Advance(Duration / 3); // renewed in the store
        _store.Calls.IsHolding = false;
        _clock.StepWall(-Duration); // so that it was for longer than the next worker is granted
        await _shared.ReleaseAsync(Space, lost, lost.NotAfter, Cancellation);
        Assert.NotNull(await _shared.TryAcquireAsync(Space, Guid.NewGuid(), Duration, Cancellation)); // the worker is another's
        _clock.Advance(2 * CallLimit);
        WorkerGrant held = lease.Grant;
        Assert.NotEqual(lost.Worker, held.Worker);

        _store.Calls.AnswerOldest();
        Assert.Equal(held, lease.Grant);
        Assert.Equal(held.Worker, Space.Layout.Decode(lease.Generator.Next()).Server);
    }

    [Fact]
    public async Task A_worker_that_is_granted_too_late_is_given_back()
    {
        await using WorkerLease lease = await Acquire();
        await _shared.ReleaseAsync(Space, lease.Grant, lease.Grant.NotAfter, Cancellation);
        Assert.NotNull(await _shared.TryAcquireAsync(Space, Guid.NewGuid(), Duration, Cancellation)); // the worker is another's
        _clock.Advance((Duration / 3) - SnowflakeSamples.Millisecond);
        _store.Calls.IsHolding = true;
        _clock.Advance(2 * SnowflakeSamples.Millisecond);
        _store.Calls.AnswerOldest(); // no renewal; it asks for another worker, 1
        Assert.Equal(3, _store.Calls.Made);
        _store.Calls.IsHolding = false;
        _clock.Advance(CallLimit); // given up
        _clock.Advance(Duration / 3);
        Assert.Equal((2, 5), (lease.Grant.Worker, _store.Calls.Made));
        _store.Calls.AnswerOldest();
        Assert.Equal(6, _store.Calls.Made);
        Assert.Equal(2, lease.Grant.Worker);
        Assert.Equal(1, (await _shared.TryAcquireAsync(Space, Guid.NewGuid(), Duration, Cancellation))!.Value.Worker);
    }

    [Fact]
    public async Task Acquiring_ends_though_the_store_hangs()
    {
        _store.Calls.IsHolding = true;
        using var source = new CancellationTokenSource();
        Task<WorkerLease> cancelled = WorkerLease.AcquireAsync(_store, Space, Options(), source.Token);
        Task<WorkerLease> late = Acquire();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience, Cancellation));
        _clock.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => late.WaitAsync(Patience, Cancellation));
    }

    // The thread that ends a renewal is held up behind the timer it has armed, until that is due: a paused machine.
    [Fact]
    public async Task A_renewal_whose_thread_is_held_up_after_arming_the_timer_is_not_the_last()
    {
        var paused = new PausedAfterArming(_clock);
        WorkerLease lease = await WorkerLease.AcquireAsync(_store, Space, Options(paused), Cancellation);
        _store.Calls.IsHolding = true;
        _clock.Advance(Duration / 3);
        Assert.Equal(2, _store.Calls.Made);
        _store.Calls.IsHolding = false;
        paused.IsPausing = true;
        _store.Calls.AnswerOldest(); // ends the renewal on this thread
        Assert.False(paused.IsPausing);

        _clock.Advance(3 * Duration);
        lease.Generator.Next();
        Assert.True(_store.Calls.Made > 5, "it is renewed on and on");
        await lease.DisposeAsync();
    }

    private WorkerLeaseOptions Options(TimeProvider? clock = null) => new()
    {
        Duration = Duration,
        Generator = new SnowflakeOptions { TimeProvider = clock ?? _clock, BorrowLimit = TimeSpan.Zero },
    };

    private Task<WorkerLease> Acquire() => WorkerLease.AcquireAsync(_store, Space, Options(), Cancellation);

    /// <summary>A clock whose timers, once armed, keep the thread that armed them until they are due.</summary>
    private sealed class PausedAfterArming(ManualTimeProvider clock) : TimeProvider
    {
        /// <summary>Gets or sets a value indicating whether the next thread that arms a timer is held up.</summary>
        public bool IsPausing { get; set; }

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(this, clock.CreateTimer(callback, state, dueTime, period));

        private sealed class Timer(PausedAfterArming owner, ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                bool changed = inner.Change(dueTime, period);
                if (owner.IsPausing && dueTime != Timeout.InfiniteTimeSpan)
                {
                    owner.IsPausing = false;
                    owner.Clock.Advance(dueTime);
                }

                return changed;
            }

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }

        private ManualTimeProvider Clock => clock;
    }
}
