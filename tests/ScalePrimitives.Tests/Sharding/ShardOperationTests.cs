using System.Collections.Concurrent;
using System.Collections.Immutable;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardOperationTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryShardOperationStore _store = new();
    private readonly ConcurrentQueue<int> _worked = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_does_what_is_left_and_shards_that_join_get_it_too()
    {
        Assert.Equal([Now("s0"), Now("s1")], await Operation().RunAsync(Shards(2), Work, cancellationToken: TestToken));
        Assert.Equal([Before("s0"), Before("s1"), Now("s2")], await Operation().RunAsync(Shards(3), Work, cancellationToken: TestToken));
        Assert.Equal([0, 1, 2], _worked);
        Assert.Equal([Now("s0")], await new ShardOperation("other", _store).RunAsync(Shards(1), Work, cancellationToken: TestToken));
        Assert.Empty(await Operation().RunAsync(Shards(0), Work, cancellationToken: TestToken));
        Assert.Equal("add-index", Operation().Name);
    }

    [Fact]
    public async Task One_that_fails_stops_no_other_and_is_done_by_the_next_run()
    {
        var progress = new Told();
        ImmutableArray<ShardOperationOutcome> outcomes = await Operation().RunAsync(Shards(3), (shard, token) => shard == 1 ? throw new IOException("down") : Work(shard, token), progress: progress, cancellationToken: TestToken);
        Assert.Equal([ShardOperationStatus.DoneNow, ShardOperationStatus.Failed, ShardOperationStatus.DoneNow], outcomes.Select(outcome => outcome.Status));
        Assert.Equal(("s1", "down"), (outcomes[1].ShardId, outcomes[1].Exception!.Message));
        Assert.Equal(outcomes, progress.Outcomes.OrderBy(outcome => outcome.ShardId));

        progress = new Told();
        outcomes = await Operation().RunAsync(Shards(3), Work, progress: progress, cancellationToken: TestToken);
        Assert.Equal([Before("s0"), Now("s1"), Before("s2")], outcomes);
        Assert.Equal([Before("s0"), Before("s2"), Now("s1")], progress.Outcomes);
        Assert.Equal([0, 2, 1], _worked);
    }

    [Fact]
    public async Task Each_outcome_is_told_at_once()
    {
        var last = new TaskCompletionSource();
        var progress = new Told();
        Task<ImmutableArray<ShardOperationOutcome>> running = Operation().RunAsync(Shards(3), (shard, token) => shard switch
        {
            0 => Work(shard, token),
            1 => throw new IOException("down"),
            _ => new ValueTask(last.Task),
        }, progress: progress, cancellationToken: TestToken);
        Assert.Equal(["s0", "s1"], progress.Outcomes.Select(outcome => outcome.ShardId));
        last.SetResult();
        Assert.Equal(3, (await running).Length);
        Assert.Equal(Now("s2"), progress.Outcomes.Last());
    }

    [Fact]
    public async Task Work_that_takes_too_long_has_failed_and_if_it_ends_later_that_is_noted_in_silence()
    {
        var late = new TaskCompletionSource();
        var progress = new Told();
        var store = new InterceptedStore(_store);
        var operation = new ShardOperation("add-index", store);
        var options = new ShardOperationOptions { ShardTimeout = TimeSpan.FromMinutes(10), TimeProvider = _time };
        Task<ImmutableArray<ShardOperationOutcome>> running = operation.RunAsync(Shards(2), (shard, token) => shard == 0 ? Work(shard, token) : new ValueTask(late.Task), options, progress, TestToken);
        _time.Advance(TimeSpan.FromMinutes(10));
        ImmutableArray<ShardOperationOutcome> outcomes = await running;
        Assert.Equal(Now("s0"), outcomes[0]);
        Assert.IsType<TimeoutException>(outcomes[1].Exception);
        late.SetResult();
        await store.BothNoted;
        Assert.Equal([Before("s0"), Before("s1")], await operation.RunAsync(Shards(2), Work, cancellationToken: TestToken));
        Assert.Equal(2, progress.Outcomes.Count);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_has_noted_what_was_done()
    {
        using var source = new CancellationTokenSource();
        Task<ImmutableArray<ShardOperationOutcome>> running = Operation().RunAsync(Shards(2), async (shard, token) =>
        {
            if (shard == 1)
            {
                await Task.Delay(Timeout.Infinite, token);
            }
        }, cancellationToken: source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal([Before("s0"), Now("s1")], await Operation().RunAsync(Shards(2), Work, cancellationToken: TestToken));
    }

    [Fact]
    public async Task Work_that_ends_as_the_call_is_cancelled_is_noted_all_the_same()
    {
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Operation().RunAsync(Shards(1), (_, _) =>
        {
            source.Cancel();
            return ValueTask.CompletedTask;
        }, cancellationToken: source.Token));
        Assert.Equal(["s0"], await _store.ListFinishedAsync("add-index", ["s0"], TestToken));
    }

    [Fact]
    public async Task A_crash_between_the_work_and_its_note_repeats_the_work()
    {
        var store = new InterceptedStore(_store) { OnFinish = () => throw new IOException("killed") };
        var operation = new ShardOperation("add-index", store);
        ShardOperationOutcome outcome = (await operation.RunAsync(Shards(1), Work, cancellationToken: TestToken)).Single();
        Assert.Equal((ShardOperationStatus.Failed, "killed"), (outcome.Status, outcome.Exception!.Message));
        store.OnFinish = null;
        Assert.Equal([Now("s0")], await operation.RunAsync(Shards(1), Work, cancellationToken: TestToken));
        Assert.Equal([0, 0], _worked);
    }

    [Fact]
    public async Task Two_runs_at_once_may_do_it_twice_and_both_say_so()
    {
        var both = new TaskCompletionSource();
        int working = 0;
        Task<ImmutableArray<ShardOperationOutcome>>[] runs = [.. Enumerable.Range(0, 2).Select(_ => Operation().RunAsync(Shards(1), async (shard, token) =>
        {
            await Work(shard, token);
            if (Interlocked.Increment(ref working) == 2)
            {
                both.SetResult();
            }

            await both.Task;
        }, cancellationToken: TestToken))];
        Assert.All(await Task.WhenAll(runs), outcomes => Assert.Equal([Now("s0")], outcomes));
        Assert.Equal([0, 0], _worked);
        Assert.Equal([Before("s0")], await Operation().RunAsync(Shards(1), Work, cancellationToken: TestToken));
    }

    [Fact]
    public async Task No_more_shards_are_worked_on_at_a_time_than_allowed()
    {
        int running = 0;
        var gate = new TaskCompletionSource();
        Task<ImmutableArray<ShardOperationOutcome>> run = Operation().RunAsync(Shards(10), async (_, _) =>
        {
            Interlocked.Increment(ref running);
            await gate.Task;
        }, new ShardOperationOptions { MaxParallelism = 3 }, cancellationToken: TestToken);
        Assert.Equal(3, running);
        gate.SetResult();
        Assert.All(await run, outcome => Assert.Equal(ShardOperationStatus.DoneNow, outcome.Status));
    }

    [Fact]
    public async Task Bad_arguments_are_refused_before_anything_runs()
    {
        Assert.Throws<ArgumentException>("name", () => new ShardOperation("", _store));
        Assert.Throws<ArgumentNullException>("store", () => new ShardOperation("x", null!));
        await Assert.ThrowsAsync<ArgumentNullException>("shards", () => Operation().RunAsync<int>(null!, Work, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentNullException>("work", () => Operation().RunAsync(Shards(1), null!, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentException>("shards", () => Operation().RunAsync([.. Shards(1), .. Shards(2)], Work, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentException>("shards", () => Operation().RunAsync([.. Shards(1), KeyValuePair.Create("", 1)], Work, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentException>("shards", () => Operation().RunAsync([KeyValuePair.Create(new string('x', 1_025), 1)], Work, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentException>("shards", () => Operation().RunAsync([KeyValuePair.Create("s\0", 1)], Work, cancellationToken: TestToken));
        Assert.Throws<ArgumentOutOfRangeException>("ShardTimeout", () => new ShardOperationOptions { ShardTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>("StoreTimeout", () => new ShardOperationOptions { StoreTimeout = Timeout.InfiniteTimeSpan });
        Assert.Throws<ArgumentOutOfRangeException>("MaxParallelism", () => new ShardOperationOptions { MaxParallelism = 0 });
        Assert.Throws<ArgumentNullException>("value", () => new ShardOperationOptions { TimeProvider = null! });
        Assert.Empty(_worked);
    }

    [Fact]
    public async Task Work_may_take_as_long_as_it_does_unless_a_limit_is_set()
    {
        var altered = new TaskCompletionSource();
        Task<ImmutableArray<ShardOperationOutcome>> running = Operation().RunAsync(Shards(1), (_, token) => new ValueTask(altered.Task.WaitAsync(token)), Options(), cancellationToken: TestToken);
        _time.Advance(TimeSpan.FromHours(9));
        Assert.False(running.IsCompleted);
        altered.SetResult();
        Assert.Equal([Now("s0")], await running);
    }

    [Fact]
    public async Task A_store_that_never_answers_ends_the_run_and_the_next_one_goes_on()
    {
        var store = new HangingStore(_store) { Hangs = true };
        var operation = new ShardOperation("add-index", store);
        Task<ImmutableArray<ShardOperationOutcome>> running = operation.RunAsync(Shards(1), Work, Options(), cancellationToken: TestToken);
        _time.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<TimeoutException>(() => running);
        Assert.Empty(_worked);
        store.Hangs = false;
        store.HangsAtEnd = true;
        running = operation.RunAsync(Shards(1), Work, Options(), cancellationToken: TestToken);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.IsType<TimeoutException>((await running).Single().Exception);
        store.HangsAtEnd = false;
        Assert.Equal([Now("s0")], await operation.RunAsync(Shards(1), Work, Options(), cancellationToken: TestToken));
    }

    private static KeyValuePair<string, int>[] Shards(int count) => [.. Enumerable.Range(0, count).Select(shard => KeyValuePair.Create($"s{shard}", shard))];

    private static ShardOperationOutcome Now(string shardId) => new(shardId, ShardOperationStatus.DoneNow);

    private static ShardOperationOutcome Before(string shardId) => new(shardId, ShardOperationStatus.DoneBefore);

    private ShardOperationOptions Options() => new() { TimeProvider = _time };

    private ShardOperation Operation() => new("add-index", _store);

    private ValueTask Work(int shard, CancellationToken cancellationToken)
    {
        _worked.Enqueue(shard);
        return ValueTask.CompletedTask;
    }

    private sealed class Told : IProgress<ShardOperationOutcome>
    {
        public ConcurrentQueue<ShardOperationOutcome> Outcomes { get; } = new();

        public void Report(ShardOperationOutcome value) => Outcomes.Enqueue(value);
    }

    /// <summary>Never answers, and regards no token.</summary>
    private sealed class HangingStore(IShardOperationStore inner) : IShardOperationStore
    {
        public bool Hangs { get; set; }

        public bool HangsAtEnd { get; set; }

        public ValueTask<ImmutableArray<string>> ListFinishedAsync(string operation, ImmutableArray<string> shardIds, CancellationToken cancellationToken = default) =>
            Hangs ? new(new TaskCompletionSource<ImmutableArray<string>>().Task) : inner.ListFinishedAsync(operation, shardIds, cancellationToken);

        public ValueTask FinishAsync(string operation, string shardId, CancellationToken cancellationToken = default) =>
            HangsAtEnd ? new(new TaskCompletionSource().Task) : inner.FinishAsync(operation, shardId, cancellationToken);
    }

    private sealed class InterceptedStore(IShardOperationStore inner) : IShardOperationStore
    {
        private readonly TaskCompletionSource _bothNoted = new();
        private int _noted;

        public Action? OnFinish { get; set; }

        public Task BothNoted => _bothNoted.Task;

        public ValueTask<ImmutableArray<string>> ListFinishedAsync(string operation, ImmutableArray<string> shardIds, CancellationToken cancellationToken = default) => inner.ListFinishedAsync(operation, shardIds, cancellationToken);

        public async ValueTask FinishAsync(string operation, string shardId, CancellationToken cancellationToken = default)
        {
            OnFinish?.Invoke();
            await inner.FinishAsync(operation, shardId, cancellationToken);
            if (Interlocked.Increment(ref _noted) == 2)
            {
                _bothNoted.SetResult();
            }
        }
    }
}
