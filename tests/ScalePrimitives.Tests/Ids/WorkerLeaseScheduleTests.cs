using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>The schedules that each break a simpler design of leases: first with the rule, then with the rule removed, where ids meet.</summary>
public class WorkerLeaseScheduleTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
    private static readonly SnowflakeLayout Layout = SnowflakeLayout.Create(
        SnowflakeSamples.Epoch,
        TimeSpan.FromMilliseconds(10),
        SnowflakeField.Unused(19),
        SnowflakeField.Timestamp(40),
        SnowflakeField.Server(2),
        SnowflakeField.Sequence(3));

    private static readonly WorkerSpace Space = new("schedules", Layout);

    private readonly ManualTimeProvider _clock = new(SnowflakeSamples.Epoch.AddDays(100));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_unit_of_10_ms_does_not_straddle_two_owners(bool ruleHolds)
    {
        var store = new InterceptedLeaseStore(new InMemoryWorkerLeaseStore(_clock));
        if (!ruleHolds)
        {
            // Rounded outward: as if the windows met in the middle of a unit, and both took all of it.
            store.Falsify = grant => grant with { NotBefore = grant.NotBefore - Layout.Unit, NotAfter = grant.NotAfter + Layout.Unit };
        }

        WorkerLease first = await Acquire(store);
        store.IsCut = true; // not renewed
        _clock.Advance(Duration - SnowflakeSamples.Millisecond);
        List<long> ids = Draw(first); // of its last unit
        _clock.Advance(SnowflakeSamples.Millisecond);
        ids.AddRange(Draw(first));
        store.IsCut = false;
        WorkerLease second = await Acquire(store);
        ids.AddRange(Draw(second));
        Assert.Equal(first.Grant.Worker, second.Grant.Worker);
        Assert.NotEmpty(ids);
        Assert.Equal(ruleHolds, AreUnique(ids));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_old_one_paused_wakes_and_both_count_on(bool ruleHolds)
    {
        var inner = new InMemoryWorkerLeaseStore(_clock);
        IWorkerLeaseStore store = ruleHolds ? inner : new StoreByProcessName(inner);
        var asleep = new ManualTimeProvider(_clock.GetUtcNow());
        WorkerLease old = await Acquire(store, asleep);
        asleep.StepWall(TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(5));
        WorkerLease restarted = await Acquire(store); // the same name, a new incarnation
        List<long> ids = [.. Draw(restarted), .. Draw(old)];
        Assert.Equal(ruleHolds, AreUnique(ids));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Released_at_50_while_a_thread_issues_51(bool ruleHolds)
    {
        var inner = new InMemoryWorkerLeaseStore(_clock);
        var store = new InterceptedLeaseStore(inner);
        WorkerLease lease = await Acquire(store);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        List<long> ids = Draw(lease);
        DateTimeOffset usedUntil = Layout.Decode(ids[^1]).Timestamp + Layout.Unit;
        _clock.Advance(Layout.Unit);
        if (ruleHolds)
        {
            // The generator is closed before the store hears of it: whoever draws meanwhile is refused.
            store.OnRelease = reported =>
            {
                Assert.Equal(usedUntil, reported);
                Assert.Empty(Draw(lease));
            };
            await lease.DisposeAsync();
        }
        else
        {
            await inner.ReleaseAsync(Space, lease.Grant, usedUntil, Cancellation);
            ids.AddRange(Draw(lease));
        }

        WorkerLease next = await Acquire(inner);
        ids.AddRange(Draw(next));
        Assert.Equal(lease.Grant.Worker, next.Grant.Worker);
        Assert.True(next.Grant.NotBefore >= usedUntil);
        Assert.Equal(ruleHolds, AreUnique(ids));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_word_advances_under_the_old_window_and_is_encoded_with_the_new_worker(bool ruleHolds)
    {
        // The worker changes while a caller reads the clock, between its look at the word and its step over it. The new window lies
        // past the old one, as it must for a worker that another held until now.
        var hooked = new ReadHook(_clock);
        var old = new WorkerGrant(0, Guid.NewGuid(), _clock.GetUtcNow(), _clock.GetUtcNow() + Duration);
        var next = new WorkerGrant(3, Guid.NewGuid(), old.NotAfter, old.NotAfter + Duration);
        var options = new SnowflakeOptions { TimeProvider = hooked, BorrowLimit = TimeSpan.Zero };
        SnowflakeParts parts;
        if (ruleHolds)
        {
            var generator = new SnowflakeGenerator(options, Layout, old);
            hooked.OnRead = () => generator.Replace(next);
            Assert.False(generator.TryNext(out _)); // the step failed, and under the new window it is too early
            _clock.Advance(Duration);
            parts = Layout.Decode(generator.Next());
        }
        else
        {
            var apart = new WordApartFromWorker(hooked, old);
            hooked.OnRead = () => apart.Replace(next);
            parts = Layout.Decode(apart.Next());
        }

        Assert.Equal(3, parts.Server);
        Assert.Equal(ruleHolds, parts.Timestamp >= next.NotBefore);
    }

    [Fact]
    public void A_generator_that_is_closed_while_a_caller_reads_the_clock_gives_that_caller_nothing()
    {
        var hooked = new ReadHook(_clock);
        var grant = new WorkerGrant(0, Guid.NewGuid(), _clock.GetUtcNow(), _clock.GetUtcNow() + Duration);
        var generator = new SnowflakeGenerator(new SnowflakeOptions { TimeProvider = hooked }, Layout, grant);
        hooked.OnRead = () => Assert.Equal(grant.NotBefore, generator.Close());
        Assert.Throws<InvalidOperationException>(() => generator.Next());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_lost_its_grants_begins_past_all_it_may_have_granted(bool ruleHolds)
    {
        WorkerLease lease = await Acquire(new InMemoryWorkerLeaseStore(_clock));
        var failedOver = new InMemoryWorkerLeaseStore(_clock);
        if (ruleHolds)
        {
            await failedOver.RaiseFloorAsync(Space, _clock.GetUtcNow() + Duration, Cancellation);
        }

        List<long> ids = Draw(lease);
        WorkerLease next = await Acquire(failedOver);
        ids.AddRange(Draw(next));
        _clock.Advance(Duration);
        ids.AddRange(Draw(next));
        Assert.Equal(lease.Grant.Worker, next.Grant.Worker);
        Assert.Equal(ruleHolds, AreUnique(ids));
    }

    private static bool AreUnique(List<long> ids) => ids.Distinct().Count() == ids.Count;

    private static List<long> Draw(WorkerLease lease)
    {
        var batch = new long[40];
        try
        {
            return [.. batch.AsSpan(0, lease.Generator.Fill(batch))];
        }
        catch (InvalidOperationException)
        {
            return [];
        }
    }

    private Task<WorkerLease> Acquire(IWorkerLeaseStore store, TimeProvider? clock = null, TimeSpan? borrow = null) => WorkerLease.AcquireAsync(
        store,
        Space,
        new WorkerLeaseOptions
        {
            Duration = Duration,
            Generator = new SnowflakeOptions { TimeProvider = clock ?? _clock, BorrowLimit = borrow ?? TimeSpan.Zero },
        },
        Cancellation);

    /// <summary>Knows holders by their name, which a restarted process has too, and gives each its worker again.</summary>
    private sealed class StoreByProcessName(IWorkerLeaseStore inner) : IWorkerLeaseStore
    {
        private WorkerGrant? _known;

        public async ValueTask<WorkerGrant?> TryAcquireAsync(WorkerSpace space, Guid token, TimeSpan duration, CancellationToken cancellationToken = default) =>
            _known ??= await inner.TryAcquireAsync(space, token, duration, cancellationToken);

        public ValueTask<WorkerGrant?> TryRenewAsync(WorkerSpace space, WorkerGrant grant, TimeSpan duration, CancellationToken cancellationToken = default) =>
            inner.TryRenewAsync(space, grant, duration, cancellationToken);

        public ValueTask ReleaseAsync(WorkerSpace space, WorkerGrant grant, DateTimeOffset usedUntil, CancellationToken cancellationToken = default) =>
            inner.ReleaseAsync(space, grant, usedUntil, cancellationToken);

        public ValueTask RaiseFloorAsync(WorkerSpace space, DateTimeOffset floor, CancellationToken cancellationToken = default) =>
            inner.RaiseFloorAsync(space, floor, cancellationToken);
    }

    /// <summary>Steps its word under the window it saw, and encodes with the worker it finds then: the rule removed.</summary>
    private sealed class WordApartFromWorker(TimeProvider clock, WorkerGrant grant)
    {
        private WorkerGrant _grant = grant;
        private long _lastTick;

        public void Replace(WorkerGrant next) => _grant = next;

        public long Next()
        {
            WorkerGrant window = _grant;
            DateTimeOffset now = clock.GetUtcNow();
            Assert.InRange(now, window.NotBefore, window.NotAfter);
            _lastTick = Math.Max(_lastTick + 1, Layout.TickAt(now));
            return Layout.Encode(_lastTick, 0, (int)_grant.Worker, 0);
        }
    }

    /// <summary>Runs what a test wants once, between two steps of whoever reads the clock.</summary>
    private sealed class ReadHook(TimeProvider clock) : TimeProvider
    {
        public Action? OnRead { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            DateTimeOffset now = clock.GetUtcNow();
            Action? run = OnRead;
            OnRead = null;
            run?.Invoke();
            return now;
        }
    }
}
