using System.Collections.Immutable;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>Whoever a migration waits for may hang, and disregard its token: the migration ends with an error, and can be resumed.</summary>
public class SlotMigrationHangTests
{
    private static readonly SlotMove Move = new([1, 2], "a", "b");

    private readonly ManualTimeProvider _time = new();
    private readonly Hanging _hanging = new();

    public SlotMigrationHangTests() => Assert.True(_hanging.Maps.TryReplaceAsync(new ShardMap(8, ["a", "b"]), 0, TestToken).AsTask().GetAwaiter().GetResult());

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    // Every call of a migration hangs once, each in a migration of its own.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_call_that_hangs_is_given_up(bool isDone)
    {
        int hung = 1;
        while (await HangsAtAsync(hung, isDone))
        {
            hung++;
        }

        Assert.InRange(hung, 20, 100);
    }

    // False when the migration is done before so many calls.
    private async Task<bool> HangsAtAsync(int call, bool isDone)
    {
        ShardMap before = await MapAsync();
        Assert.True(await _hanging.Maps.TryReplaceAsync(before.Move(Move.Slots.AsSpan(), "a"), before.Version, TestToken));
        (_hanging.HangsAt, _hanging.IsDone) = (call, isDone);
        Task<SlotMigrationRecord> running = Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await PassAsync(running);
        if (running.IsCompletedSuccessfully)
        {
            return false;
        }

        await Assert.ThrowsAsync<TimeoutException>(() => running);
        ImmutableArray<SlotMigrationRecord> left = await _hanging.Store.ListUnfinishedAsync(TestToken);
        if (left.IsEmpty && (await MapAsync()).GetShardId(1) == "a")
        {
            await Coordinator().RunAsync(Move, cancellationToken: TestToken); // it had not begun
        }
        else if (!left.IsEmpty) // or the last answer was missing
        {
            Assert.Equal(SlotMigrationState.Retired, (await Coordinator().ResumeAsync(left.Single().Id, cancellationToken: TestToken)).State);
        }

        Assert.Equal("b", (await MapAsync()).GetShardId(1));
        return true;
    }

    [Fact]
    public async Task A_mover_may_work_for_as_long_as_it_is_heard_of()
    {
        var end = new TaskCompletionSource<SlotMigrationState>();
        _hanging.Copies = end.Task;
        Task<SlotMigrationRecord> running = Coordinator().RunAsync(Move, cancellationToken: TestToken);
        for (int minutes = 0; minutes < 600; minutes += 50)
        {
            _time.Advance(TimeSpan.FromMinutes(50));
            Assert.False(running.IsCompleted);
            _hanging.Progress!.Report(default);
        }

        end.SetResult(SlotMigrationState.CatchingUp);
        Assert.Equal(SlotMigrationState.Retired, (await running).State);
        _hanging.Progress!.Report(default); // late, which is nobody's affair
    }

    [Fact]
    public async Task A_mover_that_is_cancelled_has_a_moment_to_end_and_no_more()
    {
        using var stop = new CancellationTokenSource();
        _hanging.Copies = new TaskCompletionSource<SlotMigrationState>().Task;
        Task<SlotMigrationRecord> running = Coordinator().RunAsync(Move, cancellationToken: stop.Token);
        await stop.CancelAsync();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(SlotMigrationState.Copying, Assert.Single(await _hanging.Store.ListUnfinishedAsync(TestToken)).State);
    }

    private SlotMigration Coordinator() => new(_hanging, _hanging, _hanging, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero, FreezePause = TimeSpan.Zero, TimeProvider = _time });

    private async Task<ShardMap> MapAsync() => (await _hanging.Maps.ReadAsync(cancellationToken: TestToken))!;

    private async Task PassAsync(Task running)
    {
        for (int hours = 0; hours < 100_000 && !running.IsCompleted; hours++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.True(running.IsCompleted, "The migration waits for good.");
    }

    /// <summary>Both stores and a mover of no rows, of whose calls one never answers, whether it was done or not.</summary>
    private sealed class Hanging : ISlotMigrationStore, IShardMapStore, ISlotMover
    {
        private int _calls;

        public InMemorySlotMigrationStore Store { get; } = new();

        public InMemoryShardMapStore Maps { get; } = new();

        public int HangsAt { get; set => (field, _calls) = (value, 0); }

        public bool IsDone { get; set; }

        public Task<SlotMigrationState>? Copies { get; set; }

        public IProgress<SlotMigrationProgress>? Progress { get; private set; }

        public ValueTask<SlotMigrationRecord?> ReadAsync(Guid id, CancellationToken cancellationToken = default) => CallAsync(() => Store.ReadAsync(id, CancellationToken.None));

        public ValueTask<ImmutableArray<SlotMigrationRecord>> ListUnfinishedAsync(CancellationToken cancellationToken = default) => CallAsync(() => Store.ListUnfinishedAsync(CancellationToken.None));

        public ValueTask<bool> TryWriteAsync(SlotMigrationRecord migration, CancellationToken cancellationToken = default) => CallAsync(() => Store.TryWriteAsync(migration, CancellationToken.None));

        public ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default) => CallAsync(() => Maps.ReadAsync(knownVersion, CancellationToken.None));

        public ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default) => CallAsync(() => Maps.TryReplaceAsync(map, expectedVersion, CancellationToken.None));

        public ValueTask<SlotMoveReport> CheckAsync(IReadOnlyList<SlotMove> moves, CancellationToken cancellationToken = default) => CallAsync(() => ValueTask.FromResult(new SlotMoveReport([], 0, 0, TimeSpan.Zero)));

        public ValueTask<SlotTakeover> TakeOverAsync(SlotMigrationRecord migration, CancellationToken cancellationToken) => CallAsync(() => ValueTask.FromResult(new SlotTakeover(migration.State, HoldsSlots: true)));

        public ValueTask<ImmutableArray<int>> GetMovedAsync(SlotMigrationRecord migration, CancellationToken cancellationToken) => CallAsync(() => ValueTask.FromResult<ImmutableArray<int>>([1]));

        public ValueTask<SlotMigrationState> AdvanceAsync(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken)
        {
            Progress = progress;
            return migration.State == SlotMigrationState.Copying && Copies is not null
                ? new ValueTask<SlotMigrationState>(Copies)
                : CallAsync(() => ValueTask.FromResult(migration.State == SlotMigrationState.Published ? SlotMigrationState.Retired : migration.State + 1));
        }

        private ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call)
        {
            if (++_calls != HangsAt)
            {
                return call();
            }

            if (IsDone)
            {
                _ = call().AsTask();
            }

            return new ValueTask<T>(new TaskCompletionSource<T>().Task);
        }
    }
}
