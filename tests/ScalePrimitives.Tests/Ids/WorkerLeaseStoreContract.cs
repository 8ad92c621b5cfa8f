using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>What every store of worker leases promises. A store's tests inherit these and say how one is made.</summary>
public abstract class WorkerLeaseStoreContract
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
    private static readonly SnowflakeLayout FourWorkers = SnowflakeLayout.Create(
        SnowflakeSamples.Epoch,
        TimeSpan.FromMilliseconds(10),
        SnowflakeField.Unused(1),
        SnowflakeField.Timestamp(41),
        SnowflakeField.Datacenter(1),
        SnowflakeField.Server(1),
        SnowflakeField.Sequence(20));

    private readonly ManualTimeProvider _clock = new(SnowflakeSamples.Epoch.AddDays(400).AddMilliseconds(3));
    private readonly WorkerSpace _space = new("space", FourWorkers);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes a store without grants, on this clock.</summary>
    protected abstract IWorkerLeaseStore Create(TimeProvider clock);

    [Fact]
    public async Task Workers_are_granted_from_0_until_none_is_left()
    {
        IWorkerLeaseStore store = Create(_clock);
        for (int worker = 0; worker < 4; worker++)
        {
            Guid token = Guid.NewGuid();
            WorkerGrant grant = await Acquire(store, token);
            Assert.Equal((worker, token), (grant.Worker, grant.Token));
        }

        Assert.Null(await store.TryAcquireAsync(_space, Guid.NewGuid(), Duration, Cancellation));
    }

    [Fact]
    public async Task Windows_begin_now_and_are_rounded_inward_to_whole_units()
    {
        IWorkerLeaseStore store = Create(_clock);
        WorkerGrant grant = await Acquire(store, duration: TimeSpan.FromMilliseconds(1_009));
        Assert.Equal(_clock.GetUtcNow().AddMilliseconds(7), grant.NotBefore);
        AssertWhole(grant);
        Assert.InRange(grant.NotAfter - grant.NotBefore, TimeSpan.FromMilliseconds(1_000), TimeSpan.FromMilliseconds(1_009));
        _clock.Advance(TimeSpan.FromMilliseconds(507));
        WorkerGrant renewed = await Renew(store, grant);
        AssertWhole(renewed);
        Assert.InRange(renewed.NotAfter, _clock.GetUtcNow() + Duration - FourWorkers.Unit, _clock.GetUtcNow() + Duration);
    }

    [Fact]
    public async Task A_renewal_extends_the_window_and_never_shortens_it()
    {
        IWorkerLeaseStore store = Create(_clock);
        WorkerGrant grant = await Acquire(store);
        Assert.Equal(grant, await store.TryRenewAsync(_space, grant, TimeSpan.FromSeconds(1), Cancellation));
        _clock.Advance(TimeSpan.FromSeconds(10));
        WorkerGrant renewed = await Renew(store, grant);
        Assert.Equal(grant with { NotAfter = renewed.NotAfter }, renewed);
        Assert.True(renewed.NotAfter > grant.NotAfter.AddSeconds(9));
        _clock.SetWall(SnowflakeSamples.Epoch.AddDays(1));
        Assert.Equal(renewed, await Renew(store, renewed)); // the store's clock was set back
    }

    [Fact]
    public async Task The_next_window_of_a_worker_begins_at_or_past_the_end_of_the_last()
    {
        IWorkerLeaseStore store = Create(_clock);
        var last = new Dictionary<long, DateTimeOffset>();
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            if (await store.TryAcquireAsync(_space, Guid.NewGuid(), Duration, Cancellation) is { } grant)
            {
                Assert.True(!last.TryGetValue(grant.Worker, out DateTimeOffset end) || grant.NotBefore >= end);
                Assert.True(grant.NotAfter > grant.NotBefore);
                AssertWhole(grant);
                last[grant.Worker] = grant.NotAfter;
            }

            _clock.StepWall(TimeSpan.FromMilliseconds(random.Next(-20_000, 40_000)));
        }

        Assert.Equal(4, last.Count);
    }

    [Fact]
    public async Task A_window_that_has_passed_can_be_renewed_until_the_worker_goes_to_another()
    {
        IWorkerLeaseStore store = Create(_clock);
        WorkerGrant slow = await Acquire(store);
        _clock.Advance(Duration * 2);
        slow = await Renew(store, slow);
        _clock.Advance(Duration * 2);
        WorkerGrant next = await Acquire(store);
        Assert.Equal(slow.Worker, next.Worker);
        Assert.True(next.NotBefore >= slow.NotAfter);
        Assert.Null(await store.TryRenewAsync(_space, slow, Duration, Cancellation));
        Assert.NotNull(await store.TryRenewAsync(_space, next, Duration, Cancellation));
    }

    [Fact]
    public async Task A_released_worker_is_free_from_the_end_of_its_last_unit()
    {
        IWorkerLeaseStore store = Create(_clock);
        WorkerGrant grant = await Acquire(store);
        DateTimeOffset usedUntil = grant.NotBefore.AddMilliseconds(2_000);
        await store.ReleaseAsync(_space, grant, usedUntil, Cancellation);
        Assert.Null(await store.TryRenewAsync(_space, grant, Duration, Cancellation));
        WorkerGrant next = await Acquire(store);
        Assert.Equal((grant.Worker, usedUntil), (next.Worker, next.NotBefore));
    }

    [Fact]
    public async Task A_late_release_does_not_touch_the_next_holder()
    {
        IWorkerLeaseStore store = Create(_clock);
        WorkerGrant zombie = await Acquire(store);
        _clock.Advance(Duration * 2);
        WorkerGrant holder = await Acquire(store);
        Assert.Equal(zombie.Worker, holder.Worker);
        await store.ReleaseAsync(_space, zombie, zombie.NotBefore, Cancellation);
        Assert.NotEqual(holder.Worker, (await Acquire(store)).Worker);
        Assert.NotNull(await store.TryRenewAsync(_space, holder, Duration, Cancellation));
    }

    [Fact]
    public async Task Grants_begin_at_the_floor_and_none_from_before_is_renewed_past_it()
    {
        IWorkerLeaseStore store = Create(_clock);
        WorkerGrant old = await Acquire(store);
        DateTimeOffset floor = _clock.GetUtcNow() + (Duration * 3);
        await store.RaiseFloorAsync(_space, floor, Cancellation);
        await store.RaiseFloorAsync(_space, floor.AddDays(-1), Cancellation); // never lowered
        WorkerGrant? renewed = await store.TryRenewAsync(_space, old, TimeSpan.FromMinutes(10), Cancellation);
        Assert.True(renewed is null || renewed.Value.NotAfter <= floor);
        for (int i = 0; i < 3; i++)
        {
            Assert.True((await Acquire(store)).NotBefore >= floor);
        }
    }

    [Fact]
    public async Task Spaces_are_apart_and_each_belongs_to_one_layout()
    {
        IWorkerLeaseStore store = Create(_clock);
        Assert.Equal(0, (await Acquire(store)).Worker);
        Assert.Equal(0, (await store.TryAcquireAsync(_space with { Name = "other" }, Guid.NewGuid(), Duration, Cancellation))!.Value.Worker);
        WorkerSpace foreign = _space with { Layout = SnowflakeLayout.Twitter };
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.TryAcquireAsync(foreign, Guid.NewGuid(), Duration, Cancellation));
    }

    [Fact]
    public async Task A_duration_that_is_not_above_zero_is_refused()
    {
        IWorkerLeaseStore store = Create(_clock);
        WorkerGrant grant = await Acquire(store);
        Assert.Equal("duration", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.TryAcquireAsync(_space, Guid.NewGuid(), TimeSpan.Zero, Cancellation))).ParamName);
        Assert.Equal("duration", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.TryRenewAsync(_space, grant, TimeSpan.Zero, Cancellation))).ParamName);
    }

    private static void AssertWhole(WorkerGrant grant)
    {
        Assert.Equal(0, (grant.NotBefore - FourWorkers.Epoch).Ticks % FourWorkers.Unit.Ticks);
        Assert.Equal(0, (grant.NotAfter - FourWorkers.Epoch).Ticks % FourWorkers.Unit.Ticks);
    }

    private async Task<WorkerGrant> Acquire(IWorkerLeaseStore store, Guid? token = null, TimeSpan? duration = null)
    {
        WorkerGrant? grant = await store.TryAcquireAsync(_space, token ?? Guid.NewGuid(), duration ?? Duration, Cancellation);
        Assert.NotNull(grant);
        return grant.Value;
    }

    private async Task<WorkerGrant> Renew(IWorkerLeaseStore store, WorkerGrant grant)
    {
        WorkerGrant? renewed = await store.TryRenewAsync(_space, grant, Duration, Cancellation);
        Assert.NotNull(renewed);
        return renewed.Value;
    }
}
