using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;
using static ScalePrimitives.Tests.Ids.SnowflakeSamples;

namespace ScalePrimitives.Tests.Ids;

public class SnowflakeGeneratorTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Ids_carry_the_clock_the_identity_and_a_sequence_from_0()
    {
        SnowflakeGenerator generator = Started(SnowflakeLayout.Twitter, _clock);
        DateTimeOffset now = _clock.GetUtcNow();
        long tick = (now - SnowflakeLayout.Twitter.Epoch).Ticks / TimeSpan.TicksPerMillisecond;
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(new SnowflakeParts(SnowflakeLayout.Twitter.Epoch.AddMilliseconds(tick), tick, 1, 2, i), generator.Layout.Decode(generator.Next()));
        }
    }

    [Fact]
    public void A_tick_gives_as_many_ids_as_its_sequence_holds_and_the_next_tick_as_many_again()
    {
        SnowflakeGenerator generator = Started(SnowflakeLayout.Sonyflake, _clock);
        Assert.Equal(256, Drain(generator).Count);
        _clock.Advance(TimeSpan.FromMilliseconds(9));
        Assert.Empty(Drain(generator));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(256, Drain(generator).Count);
    }

    [Fact]
    public void Borrowing_ends_at_its_limit()
    {
        SnowflakeGenerator generator = Started(Narrow, _clock);
        Assert.Equal(4, Drain(generator).Count);

        SnowflakeGenerator borrowing = Started(Narrow, _clock, borrowMs: 3);
        _clock.Advance(TimeSpan.FromMilliseconds(20));
        List<long> ids = Drain(borrowing);
        Assert.Equal(4 * (1 + 3), ids.Count);
        Assert.Equal(_clock.GetUtcNow().AddMilliseconds(3), Narrow.Decode(ids[^1]).Timestamp);
    }

    [Fact]
    public void A_batch_spans_ticks_and_is_cut_where_waiting_begins()
    {
        SnowflakeGenerator generator = Started(Narrow, _clock, borrowMs: 2);
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        var batch = new long[20];
        Assert.Equal(12, generator.Fill(batch));
        long tick = Narrow.TickAt(_clock.GetUtcNow());
        Assert.Equal(Enumerable.Range(0, 12).Select(i => Narrow.Encode(tick + (i / 4), 0, 0, i % 4)), batch.Take(12));
        Assert.All(batch.Skip(12), untouched => Assert.Equal(0, untouched));
        Assert.Equal(0, generator.Fill(batch));
    }

    [Fact]
    public void The_first_tick_is_past_the_start_by_more_than_the_borrow_limit()
    {
        var generator = new SnowflakeGenerator(Options(Narrow, _clock, borrowMs: 5));
        DateTimeOffset start = _clock.GetUtcNow();
        Assert.False(generator.TryNext(out _));
        _clock.Advance(Millisecond);
        Assert.Equal(start.AddMilliseconds(6), Narrow.Decode(generator.Next()).Timestamp);
    }

    [Fact]
    public void A_process_killed_at_its_borrow_limit_and_restarted_at_once_repeats_nothing()
    {
        SnowflakeGenerator killed = Started(Narrow, _clock, borrowMs: 2_000);
        List<long> before = Drain(killed);
        Assert.Equal(4, before.Count); // it began at its limit, so as not to repeat its own predecessor
        _clock.Advance(TimeSpan.FromSeconds(3));
        before.AddRange(Drain(killed));
        Assert.True(Narrow.Decode(before[^1]).Timestamp == _clock.GetUtcNow().AddSeconds(2), "it has borrowed all it may");

        var restarted = new SnowflakeGenerator(Options(Narrow, _clock, borrowMs: 2_000));
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        List<long> after = Drain(restarted);
        Assert.NotEmpty(after);
        Assert.True(after[0] > before[^1]);
    }

    [Fact]
    public void A_clock_set_back_within_tolerance_leaves_ids_on_the_last_tick()
    {
        SnowflakeGenerator generator = Started(Narrow, _clock, toleranceMs: 10);
        long last = generator.Next();
        _clock.StepWall(TimeSpan.FromMilliseconds(-10));
        Assert.Equal(last + 1, Drain(generator, most: 1)[0]);
        _clock.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal([last + 2, last + 3], Drain(generator)); // the tolerance opens no further tick
    }

    [Fact]
    public void A_small_step_back_over_the_border_of_a_long_tick_is_tolerated()
    {
        // By 1 ms the clock falls into the previous tick of 10: the tolerance is rounded up to whole ticks.
        SnowflakeGenerator generator = Started(SnowflakeLayout.Sonyflake, _clock, toleranceMs: 1);
        generator.Next();
        _clock.StepWall(-Millisecond);
        Assert.True(generator.TryNext(out _));
        _clock.StepWall(TimeSpan.FromMilliseconds(-10));
        Assert.False(generator.TryNext(out _));
    }

    [Fact]
    public void A_clock_set_back_beyond_tolerance_stops_ids_until_it_has_caught_up()
    {
        SnowflakeGenerator generator = Started(Narrow, _clock, toleranceMs: 10);
        long last = generator.Next();
        _clock.StepWall(TimeSpan.FromMilliseconds(-11));
        Assert.Empty(Drain(generator));
        Assert.Equal(0, generator.Fill(new long[1]));
        _clock.Advance(Millisecond);
        Assert.Equal(last + 1, Drain(generator)[0]);
    }

    [Fact]
    public async Task The_policy_says_whether_a_clock_set_back_is_waited_for_or_refused()
    {
        SnowflakeOptions options = Options(Narrow, _clock, toleranceMs: 10);
        options.ClockRollback = ClockRollbackPolicy.Throw;
        var throwing = new SnowflakeGenerator(options);
        options.ClockRollback = ClockRollbackPolicy.Wait;
        var waiting = new SnowflakeGenerator(options);
        _clock.Advance(Millisecond);
        throwing.Next();
        long last = waiting.Next();
        _clock.StepWall(TimeSpan.FromMilliseconds(-100));

        Assert.Contains("set back", Assert.Throws<InvalidOperationException>(() => throwing.Next()).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await throwing.NextAsync(TestContext.Current.CancellationToken));
        Assert.False(throwing.TryNext(out _));

        ValueTask<long> pending = waiting.NextAsync(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromMilliseconds(89));
        Assert.False(pending.IsCompleted);
        _clock.Advance(Millisecond);
        Assert.Equal(last + 1, await pending.AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_exhausted_sequence_is_waited_for_even_where_a_clock_set_back_throws()
    {
        SnowflakeOptions options = Options(Narrow, _clock);
        options.ClockRollback = ClockRollbackPolicy.Throw;
        var generator = new SnowflakeGenerator(options);
        _clock.Advance(Millisecond);
        long last = Drain(generator)[^1];
        ValueTask<long> pending = generator.NextAsync(TestContext.Current.CancellationToken);
        Assert.False(pending.IsCompleted);
        _clock.Advance(Millisecond);
        Assert.Equal(last + 1, await pending.AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_call_that_waits_finds_an_id_left_for_it_though_others_have_drained_the_tick()
    {
        SnowflakeGenerator generator = Started(Narrow, _clock);
        Assert.Equal(4, Drain(generator).Count);
        using var late = new CancellationTokenSource();
        ValueTask<long> pending = generator.NextAsync(TestContext.Current.CancellationToken);
        ValueTask<long> given = generator.NextAsync(late.Token);
        _clock.StepWall(Millisecond); // the clock has moved on, the timers have not fired
        Assert.Equal(2, generator.Fill(new long[4]));
        Assert.Empty(Drain(generator));
        await late.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await given);
        Assert.Single(Drain(generator)); // what was left for the cancelled call
        _clock.StepWall(-Millisecond);
        _clock.Advance(Millisecond);
        Assert.Equal(3, Narrow.Decode(await pending).Sequence);
    }

    [Fact]
    public void A_waiting_thread_sleeps_on_a_timer_and_reads_no_clock()
    {
        using var observed = new ObservedTimeProvider(_clock);
        SnowflakeOptions options = Options(Narrow, observed);
        var generator = new SnowflakeGenerator(options);
        int before = observed.Reads;
        long[] ids = new long[1];
        var thread = new Thread(() => ids[0] = generator.Next()) { IsBackground = true };
        thread.Start();
        observed.AwaitTimer();
        Assert.Equal(2, observed.Reads - before); // to try, and to learn how long to wait
        _clock.Advance(Millisecond);
        thread.Join();
        Assert.Equal(_clock.GetUtcNow(), Narrow.Decode(ids[0]).Timestamp);
        Assert.Equal(3, observed.Reads - before);
    }

    [Fact]
    public async Task A_frozen_wall_clock_ends_the_wait_after_the_longest_wait()
    {
        using var observed = new ObservedTimeProvider(_clock);
        SnowflakeOptions options = Options(Narrow, observed);
        options.MaxWait = TimeSpan.FromMilliseconds(200);
        var generator = new SnowflakeGenerator(options);
        int before = observed.Reads;
        Task<long> pending = generator.NextAsync(TestContext.Current.CancellationToken).AsTask();
        for (int i = 0; i < 200; i++)
        {
            observed.AwaitTimer();
            Assert.False(pending.IsCompleted);
            _clock.StepWall(-Millisecond); // the monotonic clock and its timers go on, the wall clock stands
            _clock.Advance(Millisecond);
        }

        TimeoutException timeout = await Assert.ThrowsAsync<TimeoutException>(async () => await pending);
        Assert.Contains("MaxWait", timeout.Message, StringComparison.Ordinal);
        Assert.InRange(observed.Reads - before, 1, 2 * 201);
    }

    [Fact]
    public void Long_waits_are_cut_at_the_longest_wait_and_synchronous_ones_too()
    {
        using var observed = new ObservedTimeProvider(_clock);
        SnowflakeOptions options = Options(Narrow, observed);
        options.MaxWait = TimeSpan.FromSeconds(1);
        var generator = new SnowflakeGenerator(options);
        _clock.Advance(Millisecond);
        generator.Next();
        _clock.StepWall(TimeSpan.FromHours(-1));
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => generator.Next())) { IsBackground = true };
        thread.Start();
        observed.AwaitTimer();
        _clock.Advance(TimeSpan.FromSeconds(1));
        thread.Join();
        Assert.IsType<TimeoutException>(thrown);
    }

    [Fact]
    public async Task Exhausted_timestamps_throw_from_every_member_and_the_last_id_is_the_greatest()
    {
        var layout = SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(52), SnowflakeField.Timestamp(10), SnowflakeField.Sequence(2));
        var clock = new ManualTimeProvider(layout.ExpiresAt.AddMilliseconds(-3));
        SnowflakeGenerator generator = Started(layout, clock, borrowMs: 1);
        Assert.Equal(layout.ExpiresAt.AddMilliseconds(-2), clock.GetUtcNow());
        var batch = new long[10];
        Assert.Equal(4, generator.Fill(batch));
        Assert.Equal(4095, batch[3]);
        AssertExhausted(Assert.Throws<InvalidOperationException>(() => generator.TryNext(out _)));
        AssertExhausted(Assert.Throws<InvalidOperationException>(() => generator.Next()));
        AssertExhausted(Assert.Throws<InvalidOperationException>(() => generator.Fill(batch)));
        AssertExhausted(await Assert.ThrowsAsync<InvalidOperationException>(async () => await generator.NextAsync(TestContext.Current.CancellationToken)));
        clock.Advance(TimeSpan.FromDays(1_000_000));
        AssertExhausted(Assert.Throws<InvalidOperationException>(() => generator.Next()));
    }

    [Fact]
    public void Borrowing_ends_with_the_last_timestamp()
    {
        var clock = new ManualTimeProvider(Narrow.ExpiresAt.AddMilliseconds(-30));
        SnowflakeGenerator generator = Started(Narrow, clock, borrowMs: 10);
        clock.Advance(TimeSpan.FromMilliseconds(24));
        var batch = new long[100];
        Assert.Equal(4 * 5, generator.Fill(batch));
        Assert.Equal(Narrow.Max(Narrow.ExpiresAt.AddTicks(-1)), batch[19]);
        AssertExhausted(Assert.Throws<InvalidOperationException>(() => generator.Fill(batch)));
    }

    [Fact]
    public void A_clock_set_past_the_end_does_no_harm_once_it_is_set_right()
    {
        SnowflakeGenerator generator = Started(Narrow, _clock);
        long last = generator.Next();
        DateTimeOffset right = _clock.GetUtcNow();
        _clock.SetWall(Narrow.ExpiresAt);
        AssertExhausted(Assert.Throws<InvalidOperationException>(() => generator.TryNext(out _)));
        _clock.SetWall(right);
        Assert.Equal(last + 1, generator.Next());
        _clock.SetWall(DateTimeOffset.MinValue); // far before the epoch: as any other step back
        Assert.False(generator.TryNext(out _));
    }

    private static void AssertExhausted(InvalidOperationException exception) =>
        Assert.Contains("exhausted", exception.Message, StringComparison.Ordinal);

    [Fact]
    public void The_last_tick_of_a_layout_that_uses_all_63_bits_ends_without_wrapping()
    {
        var layout = SnowflakeLayout.Create(SnowflakeSamples.Epoch, SnowflakeSamples.Millisecond, SnowflakeField.Unused(1), SnowflakeField.Timestamp(41), SnowflakeField.Sequence(22));
        DateTimeOffset lastTick = layout.ExpiresAt - SnowflakeSamples.Millisecond;
        var clock = new ManualTimeProvider(lastTick - (10 * SnowflakeSamples.Millisecond));
        var generator = new SnowflakeGenerator(SnowflakeSamples.Options(layout, clock, borrowMs: 5));
        clock.SetWall(lastTick);
        var ids = new HashSet<long>();
        long[] batch = new long[1 << 22];
        for (int count; ids.Count < 4 * batch.Length && (count = TryFill()) > 0;)
        {
            Assert.All(batch.AsSpan(0, count).ToArray(), id => Assert.True(ids.Add(id) && id > 0));
        }

        clock.StepWall(-6 * SnowflakeSamples.Millisecond);
        Assert.Throws<InvalidOperationException>(() => generator.TryNext(out _));
        clock.SetWall(lastTick);
        Assert.Throws<InvalidOperationException>(() => generator.TryNext(out _));
        Assert.Throws<InvalidOperationException>(() => generator.Next());

        int TryFill()
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
    }

    [Fact]
    public async Task Threads_of_the_pool_that_all_wait_get_their_ids()
    {
        // More waiting work than the pool has threads, on the system's clock: were the waits timers of the pool, none could fire.
        var generator = new SnowflakeGenerator(new SnowflakeOptions { Datacenter = 1, Server = 1, BorrowLimit = TimeSpan.Zero });
        ThreadPool.GetMinThreads(out int workers, out _);
        Task<long>[] calls = Enumerable.Range(0, 4 * workers).Select(_ => Task.Run(() =>
        {
            long last = 0;
            for (int i = 0; i < 5_000; i++)
            {
                last = generator.Next();
            }

            return last;
        }, TestContext.Current.CancellationToken)).ToArray();
        long[] last = await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(calls.Length, last.Distinct().Count());
    }
}
