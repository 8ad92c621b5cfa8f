using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>Stores whose calls do not return, fail, or hold their thread: the generator goes on asking, and waits no longer than it may.</summary>
public class TicketGeneratorHangTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20); // for what takes no time when it works

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedTicketStore _store = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_never_returns_is_given_up_and_the_store_is_asked_again()
    {
        TicketGenerator generator = Generator();
        await TakeAsync(generator, 8); // and the ninth fetches the next block
        Assert.True(generator.TryNext(out _));
        Action late = _store.Hold();
        Draw(generator, 7);
        ValueTask<long> waits = generator.NextAsync(TestToken);
        _time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<TimeoutException>(async () => await waits);
        _time.Advance(TimeSpan.FromSeconds(6));
        ValueTask<long> next = generator.NextAsync(TestToken);
        _store.Answer();
        Assert.Equal(33, await next);

        late(); // 17 to 32: below what was issued, so burnt
        Draw(generator, 8, first: 34);
        _store.Answer();
        Draw(generator, 8, first: 42);
    }

    [Fact]
    public async Task Whoever_may_wait_longer_than_the_call_asks_the_store_himself()
    {
        TicketGenerator generator = Generator();
        await TakeAsync(generator, 9);
        Action late = _store.Hold();
        Draw(generator, 7);
        _time.Advance(TimeSpan.FromSeconds(9));
        ValueTask<long> waits = generator.NextAsync(TestToken);
        _time.Advance(TimeSpan.FromSeconds(2)); // the call is given up, the wait goes on
        _store.Answer();
        Assert.Equal(33, await waits.AsTask().WaitAsync(Patience, TestToken));
        late();
    }

    [Fact]
    public async Task A_block_that_arrives_late_is_used_where_numbers_still_rise()
    {
        TicketGenerator generator = Generator();
        ValueTask<long> waits = generator.NextAsync(TestToken);
        Action late = _store.Hold();
        _time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<TimeoutException>(async () => await waits);
        _time.Advance(TimeSpan.FromSeconds(6));
        ValueTask<long> next = generator.NextAsync(TestToken);
        Action second = _store.Hold();
        late();
        Assert.Equal(1, await next.AsTask().WaitAsync(Patience, TestToken));
        second();
        Draw(generator, 23, first: 2); // of both blocks, up to the middle of the second
        Assert.Equal(2, _store.Counts.Count);
    }

    [Fact]
    public async Task A_prefetch_that_fails_is_tried_again_while_numbers_are_left()
    {
        TicketGenerator generator = Generator();
        await TakeAsync(generator, 9);
        _store.Fail(new IOException());
        Draw(generator, 4, first: 10); // the thirteenth: half of the rest
        _store.Answer();
        Draw(generator, 3 + 8, first: 14);
        Assert.Equal(3, _store.Counts.Count);
    }

    [Fact]
    public async Task A_span_over_the_rest_of_a_block_tries_again_too()
    {
        TicketGenerator generator = Generator();
        await TakeAsync(generator, 9);
        _store.Fail(new IOException());
        Assert.Equal(2, generator.Fill(new long[2])); // 10 and 11: none of those at which it tries
        Assert.Equal(2, _store.Counts.Count);
        Assert.Equal(4, generator.Fill(new long[4]));
        _store.Answer();
        Draw(generator, 1, first: 16);
        Assert.Equal(3, _store.Counts.Count);
    }

    [Fact]
    public async Task A_store_that_holds_its_thread_does_not_hold_the_caller_for_longer_than_MaxWait()
    {
        using var store = new BlockingStore();
        var generator = new TicketGenerator(store, "orders", new TicketOptions { MaxWait = TimeSpan.FromMilliseconds(50) });
        Task<long> next = Task.Run(generator.Next, TestToken);
        try
        {
            Assert.True(store.Entered.Wait(Patience, TestToken));
            await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(Patience, TestToken));
        }
        finally
        {
            store.Open.Set();
        }
    }

    // Callers hold every thread of the pool, and more wait to be run: one of them must call the store.
    [Fact]
    public async Task Callers_that_hold_every_thread_of_the_pool_get_their_numbers()
    {
        ThreadPool.GetMinThreads(out int workers, out _);
        var generator = new TicketGenerator(new InMemoryTicketStore(), "orders", new TicketOptions { InitialBlock = 1, MaxBlock = 1, MaxWait = TimeSpan.FromMinutes(1) });
        Task<long>[] calls = [.. Enumerable.Range(0, 300 * workers).Select(_ => Task.Run(generator.Next, TestToken))];
        long[] ids = await Task.WhenAll(calls).WaitAsync(Patience, TestToken);
        Assert.Equal(calls.Length, ids.Distinct().Count());
    }

    private TicketGenerator Generator() => new(_store, "orders", new TicketOptions { InitialBlock = 16, MaxBlock = 16, TimeProvider = _time });

    private async Task TakeAsync(TicketGenerator generator, int count)
    {
        ValueTask<long> first = generator.NextAsync(TestToken);
        _store.Answer();
        Assert.Equal(1, await first);
        Draw(generator, count - 1, first: 2);
    }

    private static void Draw(TicketGenerator generator, int count, long? first = null)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(generator.TryNext(out long id));
            Assert.Equal(first + i ?? id, id);
        }
    }

    private sealed class BlockingStore : ITicketStore, IDisposable
    {
        private readonly InMemoryTicketStore _numbers = new();

        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Open { get; } = new();

        public ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default)
        {
            Entered.Set();
            Open.Wait(CancellationToken.None);
            return _numbers.ReserveAsync(name, count, atLeast, cancellationToken);
        }

        public void Dispose()
        {
            Entered.Dispose();
            Open.Dispose();
        }
    }
}
