using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks;

/// <summary>A store of marks whose calls do not return, and do not regard their tokens: the clock gives them up and asks again.</summary>
public class HybridLogicalClockHangTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20); // for what takes no time when it works

    private readonly ManualTimeProvider _time = new();
    private readonly HangingStore _store = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    private HybridClockOptions Options => new() { TimeProvider = _time };

    private long Ms => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task A_raise_that_never_returns_is_given_up_and_the_store_is_asked_again()
    {
        using var stop = new CancellationTokenSource();
        (HybridLogicalClock clock, Task marks) = await OpenAsync(stop.Token);
        _store.Calls.IsHolding = true;
        _time.Advance(TimeSpan.FromMilliseconds(4_001)); // past the mark
        Assert.IsType<TimeoutException>(Assert.Throws<InvalidOperationException>(() => clock.Now()).InnerException);
        Assert.Equal(2 + 2, _store.Calls.Made);

        _store.Calls.IsHolding = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(new HybridTimestamp(Ms, 0), clock.Now());
        Assert.False(marks.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => marks);
    }

    [Fact]
    public async Task It_ends_when_cancelled_though_the_store_hangs()
    {
        using var stop = new CancellationTokenSource();
        (_, Task marks) = await OpenAsync(stop.Token);
        _store.Calls.IsHolding = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => marks.WaitAsync(Patience, TestToken));
    }

    [Fact]
    public async Task A_mark_that_arrives_late_counts_and_never_lowers_a_later_one()
    {
        using var stop = new CancellationTokenSource();
        (HybridLogicalClock clock, Task marks) = await OpenAsync(stop.Token);
        _store.Calls.IsHolding = true;
        _time.Advance(TimeSpan.FromMilliseconds(2_500)); // asked at 1 s for a mark at 4 s, given up at 2 s
        _store.Calls.AnswerOldest();
        _time.Advance(TimeSpan.FromMilliseconds(1_400));
        Assert.Equal(new HybridTimestamp(Ms, 0), clock.Now()); // past the first mark, at 3 s

        _time.Advance(TimeSpan.FromMilliseconds(100)); // asked at 3 s for a mark at 6 s, given up now
        _store.Calls.IsHolding = false;
        _time.Advance(TimeSpan.FromSeconds(1)); // raised to 8 s
        _store.Calls.AnswerOldest(); // to 6 s
        _time.Advance(TimeSpan.FromMilliseconds(900));
        clock.Receive(new HybridTimestamp(Ms + 500, 0));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => marks);
    }

    [Fact]
    public async Task Opening_ends_though_the_store_hangs()
    {
        _store.Calls.IsHolding = true;
        using var source = new CancellationTokenSource();
        Task<HybridLogicalClock> cancelled = HybridLogicalClock.OpenAsync(_store, Options, source.Token);
        Task<HybridLogicalClock> late = HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        Task<HybridLogicalClock> raising = HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience, TestToken));
        for (int i = 0; i < 3; i++)
        {
            _store.Calls.AnswerOldest(); // all have read; the two that are left raise
        }

        Assert.Equal(3 + 2, _store.Calls.Made);
        _time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => late.WaitAsync(Patience, TestToken));
        await Assert.ThrowsAsync<TimeoutException>(() => raising.WaitAsync(Patience, TestToken));
        Task<HybridLogicalClock> reading = HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        _time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => reading.WaitAsync(Patience, TestToken));
    }

    private async Task<(HybridLogicalClock Clock, Task Marks)> OpenAsync(CancellationToken cancellationToken)
    {
        HybridLogicalClock clock = await HybridLogicalClock.OpenAsync(_store, Options, TestToken);
        return (clock, clock.KeepMarkAheadAsync(cancellationToken));
    }

    private sealed class HangingStore : IClockMarkStore
    {
        private readonly InMemoryClockMarkStore _store = new();

        public HeldCalls Calls { get; } = new();

        public ValueTask<HybridTimestamp> RaiseAsync(HybridTimestamp mark, CancellationToken cancellationToken = default) =>
            Calls.MakeAsync(() => _store.RaiseAsync(mark, CancellationToken.None));
    }
}
