using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class TicketGeneratorTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedTicketStore _store = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public void Without_options_numbers_begin_at_1_and_rise()
    {
        var generator = new TicketGenerator(new InMemoryTicketStore(), "orders");
        Assert.Equal(Enumerable.Range(1, 10_000).Select(i => (long)i), Enumerable.Range(0, 10_000).Select(_ => generator.Next()));
    }

    [Fact]
    public async Task The_next_block_is_fetched_when_the_middle_of_one_is_taken_and_not_before()
    {
        TicketGenerator generator = Generator(initialBlock: 8, maxBlock: 8);
        Task<long> first = Task.Run(generator.Next, TestToken);
        _store.Answer();
        Assert.Equal(1, await first);
        Draw(generator, 3);
        Assert.Single(_store.Counts);
        Draw(generator, 1); // the fifth of eight
        _store.Answer();
        Assert.Equal(2, _store.Counts.Count);
        Draw(generator, 3);
    }

    [Fact]
    public async Task Blocks_double_while_they_are_used_up_fast_and_shrink_when_they_last()
    {
        TicketGenerator generator = Generator(initialBlock: 4, maxBlock: 16);
        foreach (int seconds in (int[])[0, 1, 9, 9, 9, 30, 41, 41, 41, 41])
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await UseUpAsync(generator);
        }

        Assert.Equal([4, 8, 16, 16, 16, 16, 8, 4, 4, 4], _store.Counts);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_ends_the_wait_by_a_timeout_that_names_it_and_its_answer_is_used_later()
    {
        TicketGenerator generator = Generator();
        ValueTask<long> waits = generator.NextAsync(TestToken);
        _time.Advance(TimeSpan.FromSeconds(6));
        TimeoutException timeout = await Assert.ThrowsAsync<TimeoutException>(async () => await waits);
        Assert.Contains("'orders'", timeout.Message, StringComparison.Ordinal);
        ValueTask<long> again = generator.NextAsync(TestToken);
        _store.Answer();
        Assert.Equal(1, await again);
        Assert.Single(_store.Counts);
    }

    [Fact]
    public async Task A_failure_reaches_all_who_wait_and_the_next_call_asks_again()
    {
        TicketGenerator generator = Generator();
        Task<long>[] waiting = [.. Enumerable.Range(0, 2).Select(_ => generator.NextAsync(TestToken).AsTask())];
        var failure = new IOException("the disk is full");
        _store.Fail(failure);
        foreach (Task<long> wait in waiting)
        {
            Assert.Same(failure, await Assert.ThrowsAsync<IOException>(async () => await wait));
        }

        Assert.Single(_store.Counts);
        ValueTask<long> again = generator.NextAsync(TestToken);
        _store.Answer();
        Assert.Equal(1, await again);
    }

    [Fact]
    public async Task After_a_failure_blocks_are_small_again()
    {
        TicketGenerator generator = Generator(initialBlock: 4, maxBlock: 16);
        await UseUpAsync(generator);
        await UseUpAsync(generator);
        while (generator.TryNext(out _))
        {
        }

        ValueTask<long> failing = generator.NextAsync(TestToken);
        _store.Fail(new IOException());
        await Assert.ThrowsAsync<IOException>(async () => await failing);
        ValueTask<long> again = generator.NextAsync(TestToken);
        _store.Answer();
        await again;
        Assert.Equal([4, 8, 16, 4], _store.Counts);
    }

    [Fact]
    public async Task A_span_that_takes_the_middle_of_a_block_fetches_the_next()
    {
        TicketGenerator generator = Generator(initialBlock: 8, maxBlock: 8);
        ValueTask<long> first = generator.NextAsync(TestToken);
        _store.Answer();
        await first;
        Assert.Equal(5, generator.Fill(new long[5]));
        _store.Answer(); // waits for the request
        Assert.Equal(2, _store.Counts.Count);
    }

    [Fact]
    public async Task A_failure_while_numbers_are_left_stays_unseen()
    {
        TicketGenerator generator = Generator(initialBlock: 4, maxBlock: 4);
        ValueTask<long> first = generator.NextAsync(TestToken);
        _store.Answer();
        Assert.Equal(1, await first);
        Assert.Equal([2L, 3L], [generator.Next(), generator.Next()]); // the third fetches
        _store.Fail(new IOException());
        Assert.Equal(4, generator.Next());
        ValueTask<long> next = generator.NextAsync(TestToken);
        _store.Answer();
        Assert.Equal(5, await next);
    }

    [Fact]
    public async Task Cancelling_one_who_waits_does_not_cancel_the_fetch_of_the_others()
    {
        using var source = new CancellationTokenSource();
        TicketGenerator generator = Generator();
        ValueTask<long> cancelled = generator.NextAsync(source.Token);
        ValueTask<long> stays = generator.NextAsync(TestToken);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        _store.Answer();
        Assert.Equal(1, await stays);
        Assert.Single(_store.Counts);
    }

    [Theory]
    [InlineData(-1, 1, 16)]
    [InlineData(1, 0, 16)]
    [InlineData(1, 1, 15)]
    [InlineData(long.MaxValue - 14, 1, 16)] // the last number overflows
    [InlineData(1, long.MaxValue / 8, 16)]
    public async Task A_block_that_was_not_asked_for_is_refused(long first, long step, int count)
    {
        ValueTask<long> waits = Generator().NextAsync(TestToken);
        _store.Answer(new TicketBlock(first, step, count));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await waits);
    }

    [Fact]
    public async Task A_span_is_filled_over_two_blocks_with_the_steps_of_the_store()
    {
        var store = new InMemoryTicketStore(new MultiMasterSequence(offset: 2, step: 10));
        var generator = new TicketGenerator(store, "orders", new TicketOptions { InitialBlock = 4, MaxBlock = 4 });
        long[] ids = new long[6];
        ids[0] = await generator.NextAsync(TestToken);
        int filled = 1;
        while (filled < ids.Length)
        {
            filled += generator.Fill(ids.AsSpan(filled));
            if (filled < ids.Length)
            {
                ids[filled++] = await generator.NextAsync(TestToken);
            }
        }

        Assert.Equal([2L, 12, 22, 32, 42, 52], ids);
    }

    // Of two: threads that come too late to a block, or together to its end, do so all the time.
    [Theory]
    [InlineData(2, 50_000)]
    [InlineData(64, 200_000)]
    public void Threads_take_every_number_once_and_none_is_left_out(int maxBlock, int perThread)
    {
        const int threads = 4;
        var generator = new TicketGenerator(new InMemoryTicketStore(), "orders", new TicketOptions { InitialBlock = 1, MaxBlock = maxBlock });
        long[][] drawn = Race.Run(threads, seed => DrawByTurns(generator, perThread, seed));
        Assert.Equal(threads * perThread, drawn.SelectMany(ids => ids).Distinct().Count());

        // Blocks are not thrown away half used: what is missing below the highest is at most the block in use and the next.
        Assert.InRange(drawn.Max(ids => ids.Max()), threads * perThread, (threads * perThread) + (2 * maxBlock));
    }

    [Fact]
    public void Asking_in_vain_never_brings_the_numbers_back()
    {
        var run = new TicketRun(new TicketBlock(1, 1, 2));
        Assert.True(run.TryTake(out long first, out _));
        Assert.True(run.TryTake(out long second, out _));
        Assert.Equal([1L, 2L], [first, second]);
        for (int i = 0; i < 1_000_000; i++)
        {
            Assert.False(run.TryTake(out _, out _));
            Assert.Equal(0, run.Take(new long[3], out _));
        }
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>("store", () => new TicketGenerator(null!, "orders"));
        Assert.Throws<ArgumentException>("name", () => new TicketGenerator(_store, ""));
        Assert.Throws<ArgumentException>("options", () => new TicketGenerator(_store, "orders", new TicketOptions { InitialBlock = 2, MaxBlock = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>("InitialBlock", () => new TicketOptions { InitialBlock = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("MaxBlock", () => new TicketOptions { MaxBlock = TicketOptions.BlockLimit + 1 });
        Assert.Throws<ArgumentOutOfRangeException>("MaxWait", () => new TicketOptions { MaxWait = TimeSpan.Zero });
    }

    private TicketGenerator Generator(int initialBlock = 16, int maxBlock = 16) =>
        new(_store, "orders", new TicketOptions { InitialBlock = initialBlock, MaxBlock = maxBlock, TimeProvider = _time });

    private static void Draw(TicketGenerator generator, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(generator.TryNext(out _));
        }
    }

    // Takes all numbers that there are, and the first of a new block.
    private async Task UseUpAsync(TicketGenerator generator)
    {
        while (generator.TryNext(out _))
        {
        }

        ValueTask<long> next = generator.NextAsync(TestToken);
        _store.Answer();
        await next;
    }

    private static long[] DrawByTurns(TicketGenerator generator, int count, int seed)
    {
        var random = new Random(seed);
        long[] ids = new long[count];
        for (int drawn = 0; drawn < count;)
        {
            drawn += random.Next(3) switch
            {
                0 => generator.Fill(ids.AsSpan(drawn, Math.Min(random.Next(1, 9), count - drawn))),
                1 => generator.TryNext(out ids[drawn]) ? 1 : 0,
                _ => (ids[drawn] = generator.Next()) > 0 ? 1 : 0,
            };
        }

        return ids;
    }
}
