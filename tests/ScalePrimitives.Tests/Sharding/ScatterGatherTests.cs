using System.Runtime.CompilerServices;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ScatterGatherTests
{
    private static readonly ScatterOptions Partial = new() { AllowPartial = true };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // real time

    private readonly ManualTimeProvider _time = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_shard_is_asked_and_answers_come_in_the_order_of_the_shards()
    {
        var router = new ShardRouter<string, string>(new HashShardStrategy<string>(16), new ShardMap(16, ["b", "a", "c"]), id => id.ToUpperInvariant());
        ScatterResult<int> result = await ScatterGather.QueryAsync(router.ShardsById, (shard, _) => ValueTask.FromResult((int)shard[0]), cancellationToken: TestToken);
        Assert.Equal([new("a", 'A'), new("b", 'B'), new("c", 'C')], result.Answers);
        Assert.True(result.IsComplete);
        Assert.Empty((await ScatterGather.QueryAsync<int, int>([], (_, _) => ValueTask.FromResult(1), cancellationToken: TestToken)).Answers);
    }

    [Fact]
    public async Task The_first_failure_ends_the_others_and_is_told()
    {
        var cancelled = new TaskCompletionSource<bool>();
        AggregateException thrown = await Assert.ThrowsAsync<AggregateException>(() => ScatterGather.QueryAsync<int, int>(Shards(3), async (shard, token) =>
        {
            if (shard == 1)
            {
                throw new IOException("down");
            }

            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                cancelled.TrySetResult(token.IsCancellationRequested);
            }

            return shard;
        }, cancellationToken: TestToken));
        Assert.Equal("down", Assert.IsType<IOException>(thrown.InnerExceptions.Single()).Message);
        Assert.Contains("'s1'", thrown.Message, StringComparison.Ordinal);
        Assert.True(await cancelled.Task);
    }

    [Fact]
    public async Task Partial_answers_name_every_shard_that_failed()
    {
        ScatterResult<int> result = await ScatterGather.QueryAsync(Shards(4), (shard, _) => shard % 2 == 1 ? throw new IOException($"{shard}") : ValueTask.FromResult(shard), Partial, TestToken);
        Assert.Equal([0, 2], result.Answers.Select(answer => answer.Value));
        Assert.Equal([("s1", "1"), ("s3", "3")], result.Errors.Select(error => (error.ShardId, error.Exception.Message)));
        Assert.False(result.IsComplete);
    }

    [Fact]
    public async Task A_shard_that_takes_too_long_fails_though_it_does_not_regard_its_token()
    {
        var never = new TaskCompletionSource<int>();
        var options = new ScatterOptions { AllowPartial = true, ShardTimeout = TimeSpan.FromSeconds(2), TimeProvider = _time };
        Task<ScatterResult<int>> asking = ScatterGather.QueryAsync(Shards(2), (shard, _) => shard == 0 ? ValueTask.FromResult(0) : new ValueTask<int>(never.Task), options, TestToken);
        _time.Advance(TimeSpan.FromSeconds(2));
        ScatterResult<int> result = await asking;
        Assert.Equal("s1", result.Errors.Single().ShardId);
        Assert.IsType<TimeoutException>(result.Errors.Single().Exception);
    }

    [Fact]
    public async Task No_more_shards_are_asked_at_a_time_than_allowed_and_a_caller_that_cancels_is_not_told_of_failures()
    {
        int running = 0;
        int most = 0;
        await ScatterGather.QueryAsync(Shards(20), async (shard, token) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return shard;
        }, new ScatterOptions { MaxParallelism = 3 }, TestToken);
        Assert.InRange(most, 1, 3);

        using var source = new CancellationTokenSource();
        Task<ScatterResult<int>> asking = ScatterGather.QueryAsync(Shards(2), async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return 1;
        }, cancellationToken: source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        static void InterlockedMax(ref int most, int value)
        {
            for (int seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            {
                Interlocked.CompareExchange(ref most, value, seen);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Streams_and_pages_give_the_rows_of_all_shards_in_order_each_once(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 30; round++)
        {
            (int Key, int Id)[][] shards = [.. Enumerable.Range(0, random.Next(1, 6)).Select(shard => Enumerable.Range(0, random.Next(30)).Select(i => (random.Next(20), (i * 10) + shard)).Order().ToArray())];
            (int, int)[] expected = [.. shards.SelectMany(rows => rows).Order()];
            var given = shards.Select((rows, i) => KeyValuePair.Create($"s{i}", rows));

            Assert.Equal(expected, await ScatterGather.MergeAsync(given, Stream, row => row, cancellationToken: TestToken).ToArrayAsync(TestToken));
            int limit = random.Next(1, 40);
            Assert.Equal(expected.Take(limit), await ScatterGather.MergeAsync(given, Stream, row => row, limit, cancellationToken: TestToken).ToArrayAsync(TestToken));

            int size = random.Next(1, 12);
            var paged = new List<(int, int)>();
            for (bool more = true; more;)
            {
                (int, int) after = paged.Count == 0 ? (int.MinValue, 0) : paged[^1];
                ScatterPage<(int, int)> page = await ScatterGather.PageAsync<(int Key, int Id)[], (int, int), (int, int)>(
                    given, (rows, count, _) => ValueTask.FromResult<IReadOnlyList<(int, int)>>([.. rows.Where(row => row.CompareTo(after) > 0).Take(count)]), row => row, size, cancellationToken: TestToken);
                paged.AddRange(page.Rows);
                more = page.HasMore;
                Assert.True(page.Rows.Length == size || !more);
            }

            Assert.Equal(expected, paged);
        }
    }

    [Fact]
    public async Task A_stream_asks_for_no_more_than_is_read_and_ends_its_queries()
    {
        int[] read = new int[2];
        int ended = 0;
        await foreach (int row in ScatterGather.MergeAsync(Shards(2), Count, row => row, limit: 5, cancellationToken: TestToken))
        {
            Assert.InRange(row, 0, 4);
        }

        Assert.Equal(2, ended);
        Assert.InRange(read.Sum(), 5, 7); // and one row of each shard at hand

        async IAsyncEnumerable<int> Count(int shard, [EnumeratorCancellation] CancellationToken token)
        {
            try
            {
                for (int row = shard; ; row += 2)
                {
                    await Task.Yield();
                    read[shard]++;
                    yield return row;
                }
            }
            finally
            {
                ended++;
            }
        }
    }

    [Fact]
    public async Task A_shard_that_fails_in_a_stream_ends_it_or_is_told_of()
    {
        var errors = new List<ShardError>();
        int[] rows = await ScatterGather.MergeAsync(Shards(2), Failing, row => row, options: Partial, errors: errors, cancellationToken: TestToken).ToArrayAsync(TestToken);
        Assert.Equal([0, 1, 2, 4, 6], rows);
        Assert.Equal("s1", errors.Single().ShardId);
        AggregateException thrown = await Assert.ThrowsAsync<AggregateException>(async () => await ScatterGather.MergeAsync(Shards(2), Failing, row => row, cancellationToken: TestToken).ToArrayAsync(TestToken));
        Assert.IsType<IOException>(thrown.InnerExceptions.Single());
        Assert.Throws<ArgumentException>("errors", () => ScatterGather.MergeAsync(Shards(2), Failing, row => row, options: Partial, cancellationToken: TestToken));
        await Assert.ThrowsAsync<AggregateException>(async () => await ScatterGather.MergeAsync(Shards(1), (_, _) => new[] { 2, 1 }.ToAsyncEnumerable(), row => row, cancellationToken: TestToken).ToArrayAsync(TestToken));

        // Even rows from the one shard; from the other 1, and then its end.
        static async IAsyncEnumerable<int> Failing(int shard, [EnumeratorCancellation] CancellationToken token)
        {
            for (int row = shard; row < 8; row += 2)
            {
                await Task.Yield();
                yield return shard == 1 && row > 1 ? throw new IOException("down") : row;
            }
        }
    }

    [Fact]
    public async Task A_shard_whose_next_row_does_not_come_in_time_fails_and_the_others_go_on()
    {
        var never = new TaskCompletionSource();
        var errors = new List<ShardError>();
        var options = new ScatterOptions { AllowPartial = true, ShardTimeout = TimeSpan.FromSeconds(2), TimeProvider = _time };
        await using IAsyncEnumerator<int> rows = ScatterGather.MergeAsync(Shards(2), Hanging, row => row, options: options, errors: errors, cancellationToken: TestToken).GetAsyncEnumerator(TestToken);
        Assert.True(await rows.MoveNextAsync());
        Assert.True(await rows.MoveNextAsync());
        Assert.Equal(1, rows.Current);
        ValueTask<bool> next = rows.MoveNextAsync();
        Assert.False(next.IsCompleted);
        _time.Advance(options.ShardTimeout);
        Assert.True(await next);
        Assert.Equal(2, rows.Current);
        Assert.Equal("s1", errors.Single().ShardId);
        Assert.IsType<TimeoutException>(errors.Single().Exception);
        never.SetResult();

        async IAsyncEnumerable<int> Hanging(int shard, [EnumeratorCancellation] CancellationToken token)
        {
            for (int row = shard; ; row += 2)
            {
                yield return row;
                await (shard == 1 ? never.Task : Task.CompletedTask);
            }
        }
    }

    // What a shard does with its enumerator, or at the end of its token, and never comes back from.
    [Theory]
    [InlineData(Hang.Row)]
    [InlineData(Hang.Disposal)]
    [InlineData(Hang.HeldDisposal)]
    [InlineData(Hang.Cancellation)]
    public async Task A_shard_that_hangs_holds_up_the_end_of_a_stream_for_no_longer_than_a_row(Hang hang)
    {
        using var never = new ManualResetEventSlim();
        var hanging = new HangingRows(hang, never);
        var other = new HangingRows(hang: null, never);
        var errors = new List<ShardError>();
        var options = new ScatterOptions { AllowPartial = true, ShardTimeout = TimeSpan.FromSeconds(2), TimeProvider = _time };
        IAsyncEnumerator<int> rows = ScatterGather.MergeAsync(Shards(2), (shard, token) => (shard == 1 ? hanging : other).Started(token), row => row, options: options, errors: errors, cancellationToken: TestToken)
            .GetAsyncEnumerator(TestToken);
        ValueTask<bool> first = rows.MoveNextAsync();
        _time.Advance(hang == Hang.Row ? options.ShardTimeout : TimeSpan.Zero);
        Assert.True(await first);
        Task end = rows.DisposeAsync().AsTask();
        await Task.WhenAll(hanging.Hangs.Task, other.Closed.Task).WaitAsync(Patience, TestToken);
        _time.Advance(options.ShardTimeout);
        await end.WaitAsync(Patience, TestToken);
        Assert.Equal(hang == Hang.Row, errors.Count == 1);
        var whole = ScatterGather.MergeAsync(Shards(2), (shard, _) => new[] { shard, shard + 2 }.ToAsyncEnumerable(), row => row, cancellationToken: TestToken);
        int[] next = await whole.ToArrayAsync(TestToken);
        Assert.Equal([0, 1, 2, 3], next); // the next call is not touched
        never.Set();
        await hanging.Closed.Task.WaitAsync(Patience, TestToken); // when it comes back after all, it is closed
    }

    [Fact]
    public async Task All_enumerators_are_disposed_of_though_one_refuses()
    {
        var refusing = new HangingRows(hang: null, never: null) { Refusal = new IOException("refused") };
        var other = new HangingRows(hang: null, never: null);
        IAsyncEnumerator<int> rows = ScatterGather.MergeAsync(Shards(2), (shard, token) => (shard == 0 ? refusing : other).Started(token), row => row, cancellationToken: TestToken).GetAsyncEnumerator(TestToken);
        Assert.True(await rows.MoveNextAsync());
        Assert.Same(refusing.Refusal, await Assert.ThrowsAsync<IOException>(async () => await rows.DisposeAsync()));
        await other.Closed.Task.WaitAsync(Patience, TestToken);
    }

    [Fact]
    public async Task A_failure_is_told_though_another_shard_hangs_when_it_is_cancelled()
    {
        using var never = new ManualResetEventSlim();
        var registered = new TaskCompletionSource();
        Task<ScatterResult<int>> asked = ScatterGather.QueryAsync<int, int>(Shards(2), async (shard, token) =>
        {
            if (shard == 1)
            {
                await registered.Task;
                throw new IOException("down");
            }

            token.Register(() => never.Wait(TestToken));
            registered.SetResult();
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            return shard;
        }, cancellationToken: TestToken);
        AggregateException thrown = await Assert.ThrowsAsync<AggregateException>(() => asked.WaitAsync(Patience, TestToken));
        Assert.IsType<IOException>(thrown.InnerExceptions.Single());
        never.Set();
    }

    [Fact]
    public async Task A_stream_whose_rows_are_all_there_ends_when_its_caller_cancels()
    {
        using var source = new CancellationTokenSource();
        await using IAsyncEnumerator<int> rows = ScatterGather.MergeAsync(Shards(2), (_, _) => Enumerable.Range(0, 100).ToAsyncEnumerable(), row => row, cancellationToken: source.Token).GetAsyncEnumerator(TestToken);
        Assert.True(await rows.MoveNextAsync());
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await rows.MoveNextAsync());
    }

    [Fact]
    public void Aggregates_join_and_averages_are_of_all_numbers()
    {
        var one = new ShardAggregate<int>(3, 6, 1, 3);
        var other = new ShardAggregate<int>(1, 10, 10, 10);
        Assert.Equal(new ShardAggregate<int>(4, 16, 1, 10), one.Join(other));
        Assert.Equal(4.0, one.Join(other).Average);
        Assert.Equal(one, one.Join(default));
        Assert.Equal(one, default(ShardAggregate<int>).Join(one));
        Assert.Null(default(ShardAggregate<int>).Average);
        Assert.Throws<OverflowException>(() => new ShardAggregate<int>(1, int.MaxValue, 1, 1).Join(one));
    }

    [Fact]
    public async Task Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("MaxParallelism", () => new ScatterOptions { MaxParallelism = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("ShardTimeout", () => new ScatterOptions { ShardTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>("limit", () => ScatterGather.MergeAsync(Shards(1), (_, _) => AsyncEnumerable.Empty<int>(), row => row, limit: 0, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("size", () => ScatterGather.PageAsync<int, int, int>(Shards(1), (_, _, _) => default, row => row, 0, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("query", () => ScatterGather.QueryAsync<int, int>(Shards(1), null!, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("shards", () => ScatterGather.QueryAsync<int, int>(null!, (_, _) => default, cancellationToken: TestToken));
    }

    private static KeyValuePair<string, int>[] Shards(int count) => [.. Enumerable.Range(0, count).Select(shard => KeyValuePair.Create($"s{shard}", shard))];

    private static async IAsyncEnumerable<(int Key, int Id)> Stream((int Key, int Id)[] rows, [EnumeratorCancellation] CancellationToken token)
    {
        foreach ((int Key, int Id) row in rows)
        {
            await Task.Yield();
            yield return row;
        }
    }
}
