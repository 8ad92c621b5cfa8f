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
        _clock.Advance(Duration);
        List<long> ids = Draw(first);
        store.IsCut = false;
        WorkerLease second = await Acquire(store, back: TimeSpan.FromMilliseconds(5));
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
        Assert.Equal(usedUntil, next.Grant.NotBefore < usedUntil ? next.Grant.NotBefore : usedUntil);
        Assert.Equal(ruleHolds, AreUnique(ids));
    }

    [Fact]
    public async Task The_word_advances_under_the_old_window_and_keeps_the_old_worker()
    {
        // The worker changes between a caller's look at the word and its step over it: while the caller reads the clock.
        var inner = new InMemoryWorkerLeaseStore(_clock);
        WorkerLease lease = await Acquire(inner, borrow: Duration);
        WorkerGrant old = lease.Grant;
        var hooked = new ReadHook(_clock);
        var generator = new SnowflakeGenerator(new SnowflakeOptions { TimeProvider = hooked, BorrowLimit = Duration }, Layout, old);
        WorkerGrant other = new(3, Guid.NewGuid(), old.NotBefore, old.NotAfter);
        hooked.OnRead = () => generator.Replace(other);
        SnowflakeParts torn = Layout.Decode(generator.Next());
        Assert.Equal(3, torn.Server); // the step failed, because the word was closed, and all was read anew
        Assert.Equal(3, Layout.Decode(generator.Next()).Server);

        hooked.OnRead = () => generator.Close();
        Assert.Throws<InvalidOperationException>(() => generator.Next());
    }

    [Fact]
    public async Task A_word_apart_from_its_worker_yields_an_id_of_the_other_workers_holder()
    {
        // The same schedule, the rule removed: worker and word are two fields, and the worker is read after the word's step.
        var inner = new InMemoryWorkerLeaseStore(_clock);
        WorkerLease holder = await Acquire(inner);
        List<long> ids = Draw(holder);
        long word = Layout.Decode(ids[0]).Tick << Layout.SequenceBits;
        int worker = 2;
        long stepped = word;
        worker = (int)holder.Grant.Worker; // between the step and the encoding
        ids.Add(Layout.Encode(stepped >> Layout.SequenceBits, 0, worker, (int)(stepped & 7)));
        Assert.False(AreUnique(ids));
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

    private Task<WorkerLease> Acquire(IWorkerLeaseStore store, TimeProvider? clock = null, TimeSpan? borrow = null, TimeSpan? back = null) => WorkerLease.AcquireAsync(
        store,
        Space,
        new WorkerLeaseOptions
        {
            Duration = Duration,
            Generator = new SnowflakeOptions { TimeProvider = clock ?? (back is { } by ? new ManualTimeProvider(_clock.GetUtcNow() - by) : _clock), BorrowLimit = borrow ?? TimeSpan.Zero },
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
