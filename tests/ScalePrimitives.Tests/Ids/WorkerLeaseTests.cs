using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class WorkerLeaseTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
    private static readonly WorkerSpace Space = new("leased", SnowflakeLayout.Twitter);

    private readonly ManualTimeProvider _clock = new();
    private readonly InMemoryWorkerLeaseStore _shared;
    private readonly InterceptedLeaseStore _store;

    public WorkerLeaseTests()
    {
        _shared = new InMemoryWorkerLeaseStore(_clock);
        _store = new InterceptedLeaseStore(_shared);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_generator_issues_the_ids_of_the_worker_granted()
    {
        for (int i = 0; i < 33; i++)
        {
            await _shared.TryAcquireAsync(Space, Guid.NewGuid(), Duration, Cancellation);
        }

        await using WorkerLease lease = await Acquire();
        SnowflakeParts parts = Space.Layout.Decode(lease.Generator.Next());
        Assert.Equal((1, 1, 0), (parts.Datacenter, parts.Server, parts.Sequence)); // worker 33
        Assert.Equal(_clock.GetUtcNow(), parts.Timestamp, SnowflakeSamples.Millisecond);
    }

    [Fact]
    public async Task It_is_renewed_at_a_third_of_what_is_left()
    {
        await using WorkerLease lease = await Acquire();
        DateTimeOffset end = lease.Grant.NotAfter;
        _clock.Advance((Duration / 3) - TimeSpan.FromMilliseconds(2));
        Assert.Equal((1, end), (_store.Calls, lease.Grant.NotAfter));
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(2, _store.Calls);
        Assert.InRange(lease.Grant.NotAfter - end, (Duration / 3) - (2 * SnowflakeSamples.Millisecond), Duration / 3);

        _clock.Advance(Duration * 20);
        Assert.True(lease.Generator.TryNext(out _));
    }

    [Fact]
    public async Task Without_the_store_ids_are_issued_to_the_end_of_the_window_and_again_when_it_is_back()
    {
        await using WorkerLease lease = await Acquire();
        _store.IsCut = true;
        _clock.Advance(lease.Grant.NotAfter - _clock.GetUtcNow() - SnowflakeSamples.Millisecond);
        Assert.True(_store.Calls > 5, "it tries again and again");
        long last = lease.Generator.Next();
        Assert.Equal(lease.Grant.NotAfter - SnowflakeSamples.Millisecond, Space.Layout.Decode(last).Timestamp);

        _clock.Advance(SnowflakeSamples.Millisecond);
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => lease.Generator.Next());
        Assert.Contains("lease of worker 0 has ended", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(refusal.InnerException);
        Assert.Throws<InvalidOperationException>(() => lease.Generator.TryNext(out _));
        Assert.Throws<InvalidOperationException>(() => lease.Generator.Fill(new long[1]));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await lease.Generator.NextAsync(Cancellation));

        _store.IsCut = false;
        _clock.Advance(Duration / 3);
        Assert.True(lease.Generator.Next() > last);
        Assert.Equal(0, lease.Grant.Worker);
    }

    [Fact]
    public async Task Borrowing_ends_with_the_window()
    {
        await using WorkerLease lease = await Acquire(borrow: TimeSpan.FromHours(1));
        var batch = new long[4096];
        long last = 0;
        while (TryFill(lease.Generator, batch) is var count and > 0)
        {
            last = batch[count - 1];
        }

        Assert.Equal(Space.Layout.Max(lease.Grant.NotAfter.AddTicks(-1)) & ~(0x3FFL << 12), last);
    }

    [Fact]
    public async Task A_lost_worker_is_replaced_and_ids_go_on_rising()
    {
        await using WorkerLease lease = await Acquire(borrow: TimeSpan.FromSeconds(2));
        long before = Drain(lease.Generator);
        long held = lease.Grant.Worker;
        await _shared.ReleaseAsync(Space, lease.Grant, lease.Grant.NotAfter, Cancellation);
        Assert.NotNull(await _shared.TryAcquireAsync(Space, Guid.NewGuid(), Duration, Cancellation)); // the worker is another's
        _clock.Advance(Duration / 3);
        Assert.NotEqual(held, lease.Grant.Worker);
        long after = lease.Generator.Next();
        Assert.True(after > before);
        Assert.Equal(lease.Grant.Worker, Space.Layout.Decode(after).Server);
    }

    [Fact]
    public async Task Disposal_frees_the_worker_and_ends_the_generator()
    {
        WorkerLease lease = await Acquire();
        lease.Generator.Next();
        await Task.WhenAll(lease.DisposeAsync().AsTask(), lease.DisposeAsync().AsTask());
        int calls = _store.Calls;
        Assert.Equal(2, calls);
        Assert.Contains("disposed", Assert.Throws<InvalidOperationException>(() => lease.Generator.Next()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => lease.Generator.TryNext(out _));
        _clock.Advance(Duration * 3);
        Assert.Equal(calls, _store.Calls);
        await using WorkerLease next = await Acquire();
        Assert.Equal((0, true), (next.Grant.Worker, next.Grant.Token != lease.Grant.Token));
    }

    [Fact]
    public async Task Disposal_does_not_fail_with_the_store()
    {
        WorkerLease lease = await Acquire();
        _store.IsCut = true;
        await lease.DisposeAsync();
        Assert.Throws<InvalidOperationException>(() => lease.Generator.Next());
    }

    [Fact]
    public async Task Options_that_contradict_the_lease_and_full_spaces_are_refused()
    {
        Assert.Contains("Server", (await Assert.ThrowsAsync<ArgumentException>(() => WorkerLease.AcquireAsync(_store, Space, new WorkerLeaseOptions { Generator = { Server = 1 } }, Cancellation))).Message, StringComparison.Ordinal);
        Assert.Equal("Duration", Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerLeaseOptions { Duration = TimeSpan.Zero }).ParamName);
        await Assert.ThrowsAsync<ArgumentNullException>(() => WorkerLease.AcquireAsync(null!, Space, cancellationToken: Cancellation));
        var single = new WorkerSpace("single", SnowflakeSamples.Wide);
        await using WorkerLease only = await WorkerLease.AcquireAsync(_store, single, Options(), Cancellation);
        Assert.Contains("All 1 workers", (await Assert.ThrowsAsync<InvalidOperationException>(() => WorkerLease.AcquireAsync(_store, single, Options(), Cancellation))).Message, StringComparison.Ordinal);
    }

    private static int TryFill(IIdGenerator<long> generator, long[] batch)
    {
        try
        {
            return generator.Fill(batch);
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private static long Drain(IIdGenerator<long> generator)
    {
        long last = 0;
        var batch = new long[4096];
        while (generator.Fill(batch) is var count and > 0)
        {
            last = batch[count - 1];
        }

        return last;
    }

    private WorkerLeaseOptions Options(TimeSpan? borrow = null) => new()
    {
        Duration = Duration,
        Generator = new SnowflakeOptions { TimeProvider = _clock, BorrowLimit = borrow ?? TimeSpan.Zero },
    };

    private Task<WorkerLease> Acquire(TimeSpan? borrow = null) => WorkerLease.AcquireAsync(_store, Space, Options(borrow), Cancellation);
}
