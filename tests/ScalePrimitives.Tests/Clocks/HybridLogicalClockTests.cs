using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks;

public class HybridLogicalClockTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryClockMarkStore _store = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    private HybridClockOptions Options => new() { TimeProvider = _time };

    private long Ms => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public void Without_options_it_issues_stamps_of_the_time()
    {
        var clock = new HybridLogicalClock();
        HybridTimestamp first = clock.Now();
        Assert.True(clock.Now() > first);
        Assert.InRange(first.Time, TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public void Time_beats_the_counter_and_a_clock_that_was_set_back_fails_nothing()
    {
        var clock = new HybridLogicalClock(Options);
        HybridTimestamp first = clock.Now();
        Assert.Equal(new HybridTimestamp(Ms, 0), first);
        Assert.Equal(first.Next(), clock.Now());
        _time.Advance(TimeSpan.FromMilliseconds(0.9));
        Assert.Equal(first.Next().Next(), clock.Now()); // down to the millisecond
        _time.Advance(TimeSpan.FromMilliseconds(0.1));
        Assert.Equal(new HybridTimestamp(Ms, 0), clock.Now());
        Assert.Equal(TimeSpan.Zero, clock.Drift);
        _time.StepWall(TimeSpan.FromHours(-1));
        Assert.Equal(new HybridTimestamp(first.PhysicalMs + 1, 1), clock.Now());
        Assert.Equal(TimeSpan.FromHours(1), clock.Drift);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.Zero, clock.Drift);
    }

    [Fact]
    public void A_millisecond_that_is_used_up_carries_into_the_next()
    {
        var clock = new HybridLogicalClock(Options);
        HybridTimestamp last = clock.Now();
        for (int i = 0; i < 65_536; i++)
        {
            HybridTimestamp next = clock.Now();
            Assert.Equal(last.Next(), next);
            last = next;
        }

        Assert.Equal(new HybridTimestamp(Ms + 1, 0), last);
        Assert.Equal(TimeSpan.FromMilliseconds(1), clock.Drift);
    }

    [Fact]
    public void A_stamp_further_ahead_than_MaxDrift_is_refused_and_nothing_is_changed()
    {
        var clock = new HybridLogicalClock(Options);
        HybridTimestamp first = clock.Now();
        var farthest = new HybridTimestamp(Ms + 500, 65_535);
        var tooFar = new HybridTimestamp(Ms + 501, 0);
        ArgumentOutOfRangeException thrown = Assert.Throws<ArgumentOutOfRangeException>("remote", () => clock.Receive(tooFar));
        Assert.Contains("00:00:00.5", thrown.Message, StringComparison.Ordinal);
        Assert.False(clock.TryReceive(tooFar, out HybridTimestamp now));
        Assert.Equal((default, first), (now, clock.Last));
        Assert.True(clock.TryReceive(farthest, out now));
        Assert.Equal(new HybridTimestamp(Ms + 501, 0), now); // carried
        Assert.False(clock.TryReceive(HybridTimestamp.MaxValue, out _));
        Assert.Equal(now, clock.Last);
    }

    [Fact]
    public async Task No_stamp_above_the_mark_is_issued_or_received_until_the_mark_is_raised()
    {
        HybridLogicalClock clock = await HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        var mark = new HybridTimestamp(Ms + 3_000, 0);
        Assert.Equal(mark, await _store.RaiseAsync(default, TestToken));
        _time.Advance(TimeSpan.FromMilliseconds(3_000));
        Assert.Equal(mark, clock.Now());
        Assert.Throws<InvalidOperationException>(() => clock.Now());
        Assert.False(clock.TryNow(out HybridTimestamp now));
        Assert.False(clock.TryReceive(mark, out now));
        Assert.Throws<InvalidOperationException>(() => clock.Receive(mark));
        Assert.Equal((default, mark), (now, clock.Last));
        using var stop = new CancellationTokenSource();
        Task marks = clock.KeepMarkAheadAsync(stop.Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(clock.TryNow(out now));
        Assert.Equal(new HybridTimestamp(Ms, 0), now);
        Assert.Equal(new HybridTimestamp(Ms + 3_000, 0), await _store.RaiseAsync(default, TestToken));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => marks);
    }

    [Fact]
    public async Task A_clock_that_is_opened_again_begins_above_all_that_came_before_though_the_wall_was_set_back()
    {
        HybridLogicalClock before = await HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        HybridTimestamp last = before.Receive(new HybridTimestamp(Ms + 400, 7));
        _time.StepWall(TimeSpan.FromHours(-1));
        Task<HybridLogicalClock> opening = HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        Assert.False(opening.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(3)); // at most MarkAhead: the wall is an hour behind
        HybridLogicalClock after = await opening;
        Assert.True(after.Now() > last);
        Assert.True(after.Now() > before.Now());
        Assert.InRange(after.Drift, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
    }

    [Fact]
    public async Task A_restart_within_the_mark_waits_until_the_wall_has_reached_it()
    {
        HybridLogicalClock before = await HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        _ = before.Now();
        _time.Advance(TimeSpan.FromSeconds(1));
        Task<HybridLogicalClock> opening = HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        _time.Advance(TimeSpan.FromMilliseconds(1_999));
        Assert.False(opening.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        HybridLogicalClock after = await opening;
        Assert.Equal(new HybridTimestamp(Ms, 1), after.Now());
        Assert.Equal(TimeSpan.Zero, after.Drift);
    }

    [Fact]
    public async Task A_store_that_fails_is_asked_again_and_its_failure_is_told_when_the_mark_is_reached()
    {
        var store = new FailingStore();
        HybridLogicalClock clock = await HybridLogicalClock.OpenAsync(store, Options, TestToken);
        using var stop = new CancellationTokenSource();
        Task marks = clock.KeepMarkAheadAsync(stop.Token);
        store.Failure = new IOException("the disk is full");
        _time.Advance(TimeSpan.FromMilliseconds(3_001));
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => clock.Now());
        Assert.Same(store.Failure, thrown.InnerException);
        store.Failure = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        clock.Now();
        Assert.False(marks.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => marks);
    }

    // What may be received must stay below the mark, which is a third of MarkAhead old when it is raised, and two thirds when that took its time.
    [Theory]
    [InlineData(500, 1_500)]
    [InlineData(20_000, 60_000)]
    public async Task What_MaxDrift_allows_is_received_while_the_mark_is_kept(int maxDriftMs, int markAheadMs)
    {
        var options = new HybridClockOptions { TimeProvider = _time, MaxDrift = TimeSpan.FromMilliseconds(maxDriftMs), MarkAhead = TimeSpan.FromMilliseconds(markAheadMs) };
        HybridLogicalClock clock = await HybridLogicalClock.OpenAsync(_store, options, TestToken);
        using var stop = new CancellationTokenSource();
        Task marks = clock.KeepMarkAheadAsync(stop.Token);
        for (int i = 0; i < 20; i++)
        {
            _time.Advance(options.MarkAhead / 7);
            clock.Receive(new HybridTimestamp(Ms + maxDriftMs, 0));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => marks);
    }

    [Theory]
    [InlineData(3_600_000, 1_000)]
    [InlineData(501, 1_500)]
    public async Task A_drift_that_the_mark_does_not_allow_is_refused(int maxDriftMs, int markAheadMs)
    {
        var options = new HybridClockOptions { TimeProvider = _time, MaxDrift = TimeSpan.FromMilliseconds(maxDriftMs), MarkAhead = TimeSpan.FromMilliseconds(markAheadMs) };
        ArgumentException thrown = await Assert.ThrowsAsync<ArgumentException>("options", () => HybridLogicalClock.OpenAsync(_store, options, TestToken));
        Assert.Contains("MarkAhead", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(default, await _store.RaiseAsync(default, TestToken)); // nothing was asked of the store
        new HybridLogicalClock(options).Receive(new HybridTimestamp(Ms + maxDriftMs, 0)); // without a mark any will do
    }

    [Fact]
    public async Task Bad_arguments_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentNullException>("store", () => HybridLogicalClock.OpenAsync(null!, cancellationToken: TestToken));
        await Assert.ThrowsAsync<InvalidOperationException>(() => new HybridLogicalClock().KeepMarkAheadAsync(TestToken));
        Assert.Throws<ArgumentOutOfRangeException>("MaxDrift", () => new HybridClockOptions { MaxDrift = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>("MarkAhead", () => new HybridClockOptions { MarkAhead = TimeSpan.FromMilliseconds(99) });
        Assert.Throws<ArgumentNullException>("value", () => new HybridClockOptions { TimeProvider = null! });
    }

    // What sends before the other receives has the smaller stamp, whatever the clocks do: random walks of three machines.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_happened_before_has_the_smaller_stamp(int seed)
    {
        var random = new Random(seed);
        ManualTimeProvider[] times = [new(), new(), new()];
        HybridLogicalClock[] clocks = [.. times.Select(time => new HybridLogicalClock(new HybridClockOptions { TimeProvider = time, MaxDrift = TimeSpan.FromDays(1) }))];
        var messages = new List<HybridTimestamp>();
        HybridTimestamp[] lasts = new HybridTimestamp[clocks.Length];
        for (int step = 0; step < 20_000; step++)
        {
            int machine = random.Next(clocks.Length);
            times[machine].StepWall(TimeSpan.FromMilliseconds(random.Next(100) == 0 ? random.Next(-5_000, 5_000) : random.Next(2)));
            HybridTimestamp stamp;
            if (messages.Count > 0 && random.Next(2) == 0)
            {
                HybridTimestamp message = messages[random.Next(messages.Count)];
                stamp = clocks[machine].Receive(message);
                Assert.True(stamp > message, $"seed {seed}, step {step}");
            }
            else
            {
                stamp = clocks[machine].Now();
                messages.Add(stamp);
            }

            Assert.True(stamp > lasts[machine], $"seed {seed}, step {step}");
            lasts[machine] = stamp;
        }
    }

    [Fact]
    public void Threads_never_get_the_same_stamp_and_each_sees_them_rise_while_the_wall_is_stepped()
    {
        const int threads = 4;
        const int each = 50_000;
        var clock = new HybridLogicalClock(Options);
        HybridTimestamp[][] stamps = new HybridTimestamp[threads][];
        Concurrently.Run(threads + 1, thread =>
        {
            if (thread == threads)
            {
                for (int step = 0; step < 5_000; step++)
                {
                    _time.StepWall(TimeSpan.FromMilliseconds(step % 2 == 0 ? 7 : -5));
                }

                return;
            }

            stamps[thread] = [.. Enumerable.Range(0, each).Select(i => i % 5 == 0 && clock.TryReceive(clock.Last, out HybridTimestamp now) ? now : clock.Now())];
        });
        Assert.Equal(threads * each, stamps.SelectMany(own => own).Distinct().Count());
        Assert.All(stamps, own => Assert.True(own.Zip(own.Skip(1)).All(pair => pair.First < pair.Second)));
    }

    [Fact]
    public void A_stamp_allocates_nothing()
    {
        var clock = new HybridLogicalClock();
        Allocations.AssertNone(() => clock.Now().Value);
        Allocations.AssertNone(() => clock.Receive(clock.Last).Value);
    }

    private sealed class FailingStore : IClockMarkStore
    {
        private readonly InMemoryClockMarkStore _store = new();

        public Exception? Failure { get; set; }

        public ValueTask<HybridTimestamp> RaiseAsync(HybridTimestamp mark, CancellationToken cancellationToken = default) =>
            Failure is null ? _store.RaiseAsync(mark, cancellationToken) : ValueTask.FromException<HybridTimestamp>(Failure);
    }
}
