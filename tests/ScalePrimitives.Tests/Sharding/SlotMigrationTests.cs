using System.Collections.Immutable;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class SlotMigrationTests
{
    private static readonly SlotMove Move = new([1, 2], "a", "b");

    private readonly InMemorySlotMigrationStore _store = new();
    private readonly InMemoryShardMapStore _maps = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ModelMover _mover = new();

    public SlotMigrationTests() => Assert.True(_maps.TryReplaceAsync(new ShardMap(8, ["a", "b", "c"]), 0, TestToken).AsTask().GetAwaiter().GetResult());

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_migration_goes_through_its_states_and_the_map_tells()
    {
        _mover.OnAdvance = async migration => Assert.Equal(migration.State is SlotMigrationState.Preparing or SlotMigrationState.Published ? SlotState.Stable : SlotState.Moving, (await MapAsync()).GetState(1));
        SlotMigrationRecord done = await Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(
            [SlotMigrationState.Preparing, SlotMigrationState.Copying, SlotMigrationState.CatchingUp, SlotMigrationState.Verifying, SlotMigrationState.Frozen, SlotMigrationState.Published],
            _mover.Done);
        Assert.Equal((SlotMigrationState.Retired, 1, 2L), (done.State, done.Attempt, done.Epoch));
        ShardMap map = await MapAsync();
        Assert.Equal(("b", 2L, SlotState.Stable), (map.GetShardId(2), map.GetEpoch(2), map.GetState(2)));
        Assert.Equal(("a", 1L), (map.GetShardId(0), map.GetEpoch(0))); // what did not move is as fresh as it was
        Assert.Equal(done, await Coordinator().ResumeAsync(done.Id, cancellationToken: TestToken));
    }

    [Theory]
    [InlineData(SlotMigrationState.Preparing)]
    [InlineData(SlotMigrationState.Copying)]
    [InlineData(SlotMigrationState.CatchingUp)]
    [InlineData(SlotMigrationState.Verifying)]
    [InlineData(SlotMigrationState.Frozen)]
    [InlineData(SlotMigrationState.Published)]
    public async Task Whoever_takes_over_goes_on_where_the_mover_says(SlotMigrationState failing)
    {
        _mover.OnAdvance = migration => migration.State == failing && migration.Attempt == 1 ? throw new IOException() : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        SlotMigrationRecord left = Assert.Single(await _store.ListUnfinishedAsync(TestToken));
        Assert.Equal(failing, left.State);
        SlotMigrationRecord done = await Coordinator().ResumeAsync(left.Id, cancellationToken: TestToken);
        Assert.Equal((SlotMigrationState.Retired, 2), (done.State, done.Attempt));
        Assert.Equal("b", (await MapAsync()).GetShardId(1));
    }

    [Fact]
    public async Task Slots_that_the_source_has_given_away_are_published_though_the_record_does_not_know()
    {
        // Killed between the source's change and the record of it.
        _mover.OnAdvanced = migration => migration.State == SlotMigrationState.Frozen && migration.Attempt == 1 ? throw new IOException() : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        SlotMigrationRecord left = Assert.Single(await _store.ListUnfinishedAsync(TestToken));
        Assert.Equal(SlotMigrationState.Frozen, left.State);
        for (int i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator().CancelAsync(left.Id, cancellationToken: TestToken));
            SlotMigrationRecord? known = await _store.ReadAsync(left.Id, TestToken);
            Assert.Equal((SlotMigrationState.Moved, 2), (known?.State, known?.Attempt)); // what the record knows shuts nobody out
        }

        await Coordinator().ResumeAsync(left.Id, cancellationToken: TestToken);
        Assert.Equal("b", (await MapAsync()).GetShardId(1));
    }

    [Fact]
    public async Task The_map_is_rebased_on_what_others_made_of_it()
    {
        _mover.OnAdvance = async migration =>
        {
            if (migration.State == SlotMigrationState.Frozen)
            {
                ShardMap map = await MapAsync();
                Assert.True(await _maps.TryReplaceAsync(map.Move([0], "c").RemoveShard("b").AddShard("d"), map.Version, TestToken)); // the target too is gone, for it held nothing
            }
        };
        await _maps.TryReplaceAsync((await MapAsync()).Move((await MapAsync()).GetSlots("b"), "c"), 1, TestToken);
        await Coordinator().RunAsync(Move, cancellationToken: TestToken);
        ShardMap after = await MapAsync();
        Assert.Equal(["a", "b", "c", "d"], after.ShardIds);
        Assert.Equal(("c", "b", 2L), (after.GetShardId(0), after.GetShardId(1), after.GetEpoch(1)));
    }

    [Fact]
    public async Task The_old_copy_stays_as_long_as_a_router_may_have_an_old_map()
    {
        var published = new TaskCompletionSource();
        var maps = new WatchedMaps(_maps, map => _ = map.GetShardId(1) == "b" && published.TrySetResult());
        var coordinator = new SlotMigration(_store, maps, _mover, new SlotMigrationOptions { RetireAfter = TimeSpan.FromMinutes(3), TimeProvider = _time });
        Task<SlotMigrationRecord> moving = coordinator.RunAsync(Move, cancellationToken: TestToken);
        await published.Task;
        _time.Advance(TimeSpan.FromMinutes(3) - TimeSpan.FromMilliseconds(1));
        Assert.DoesNotContain(SlotMigrationState.Published, _mover.Done);
        Assert.False(moving.IsCompleted);
        while (!moving.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMinutes(3));
            await Task.Yield();
        }

        Assert.Equal(SlotMigrationState.Retired, (await moving).State);
    }

    [Fact]
    public async Task A_thawed_freeze_is_tried_again_after_a_pause()
    {
        int freezes = 0;
        _mover.Freeze = () => ++freezes > 3;
        SlotMigrationRecord done = await Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(4, freezes);
        Assert.Equal(4, _mover.Done.Count(state => state == SlotMigrationState.Verifying));
        Assert.Equal(SlotMigrationState.Retired, done.State);
    }

    [Fact]
    public async Task A_cancelled_migration_leaves_the_map_as_it_was()
    {
        _mover.OnAdvance = migration => migration.State == SlotMigrationState.Verifying ? throw new IOException() : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        InvalidOperationException moving = await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator().RunAsync(new SlotMove([2, 0], "a", "c") with { Slots = [0, 2] }, cancellationToken: TestToken));
        Assert.Contains("Slot 2", moving.Message, StringComparison.Ordinal);
        SlotMigrationRecord cancelled = await Coordinator().CancelAsync(Assert.Single(await _store.ListUnfinishedAsync(TestToken)).Id, cancellationToken: TestToken);
        Assert.Equal(SlotMigrationState.Cancelled, cancelled.State);
        ShardMap map = await MapAsync();
        Assert.Equal(("a", 1L, SlotState.Stable), (map.GetShardId(1), map.GetEpoch(1), map.GetState(1)));
    }

    [Fact]
    public async Task What_a_check_finds_begins_nothing()
    {
        var wrong = new SlotMoveFinding("b", "orders", "it is not there", "Create it.", PreventsMove: true);
        var odd = new SlotMoveFinding("a", null, "it is slow", "Wait.", PreventsMove: false);
        _mover.Report = new SlotMoveReport([odd, wrong], 10, 1_000, TimeSpan.FromSeconds(1));
        Assert.False((await Coordinator().CheckAsync([Move], TestToken)).IsClean);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Equal("On 'b' the table orders cannot move: it is not there. Create it.", refused.Message);
        Assert.Empty(await _store.ListUnfinishedAsync(TestToken));
        Assert.Equal(1, (await MapAsync()).Version);
        _mover.Report = _mover.Report with { Findings = [odd] };
        Assert.True((await Coordinator().CheckAsync([Move], TestToken)).IsClean);
        await Assert.ThrowsAsync<ArgumentException>("move", () => Coordinator().CheckAsync([Move, new([7], "a", "b")], TestToken));
        Assert.Equal(SlotMigrationState.Retired, (await Coordinator().RunAsync(Move, cancellationToken: TestToken)).State);
    }

    [Fact]
    public async Task The_map_is_marked_only_once_the_source_has_said_that_nobody_else_moves_the_slots()
    {
        _mover.OnAdvance = migration => migration.State == SlotMigrationState.Preparing ? throw new InvalidOperationException("Another moves them.") : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Equal(SlotState.Stable, (await MapAsync()).GetState(1));
    }

    [Fact]
    public async Task Cancelling_leaves_the_mark_of_another_migration()
    {
        _mover.OnAdvance = migration => migration.State == SlotMigrationState.Preparing ? throw new InvalidOperationException("Another moves them.") : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        await _maps.TryReplaceAsync((await MapAsync()).SetState([1, 2], SlotState.Moving), 1, TestToken); // by the other
        _mover.HoldsSlots = false;
        _mover.OnAdvance = _ => Task.CompletedTask;
        Assert.Equal(SlotMigrationState.Cancelled, (await Coordinator().CancelAsync(Assert.Single(await _store.ListUnfinishedAsync(TestToken)).Id, cancellationToken: TestToken)).State);
        Assert.Equal(SlotState.Moving, (await MapAsync()).GetState(1));
    }

    // It had marked the map itself, and nobody begins to move what is marked.
    [Fact]
    public async Task Cancelling_takes_its_own_mark_away_though_the_source_came_out_of_a_backup()
    {
        _mover.OnAdvance = migration => migration.State == SlotMigrationState.Copying ? throw new IOException() : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Equal(SlotState.Moving, (await MapAsync()).GetState(1));
        _mover.HoldsSlots = false;
        Assert.Equal(SlotMigrationState.Cancelled, (await Coordinator().CancelAsync(Assert.Single(await _store.ListUnfinishedAsync(TestToken)).Id, cancellationToken: TestToken)).State);
        Assert.All(Move.Slots, slot => Assert.Equal(SlotState.Stable, MapAsync().GetAwaiter().GetResult().GetState(slot)));
    }

    [Fact]
    public async Task Slots_that_are_handed_over_in_part_only_go_forward()
    {
        int parts = 0;
        _mover.HandOver = () => ++parts < 3;
        _mover.Moved = [1];
        _mover.OnAdvance = migration => migration.State == SlotMigrationState.HandingOver && migration.Attempt == 1 && parts == 2 ? throw new IOException() : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        SlotMigrationRecord left = Assert.Single(await _store.ListUnfinishedAsync(TestToken));
        ShardMap map = await MapAsync();
        Assert.Equal((SlotMigrationState.HandingOver, false), (left.State, left.HasMoved));
        Assert.Equal([("b", SlotState.Stable), ("a", SlotState.Moving)], new[] { 1, 2 }.Select(slot => (map.GetShardId(slot), map.GetState(slot)))); // the map tells of what is handed over
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator().CancelAsync(left.Id, cancellationToken: TestToken));
        Assert.StartsWith("Some of the slots", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await _store.ReadAsync(left.Id, TestToken))!.Attempt); // nobody is shut out
        Assert.Equal(SlotMigrationState.Retired, (await Coordinator().ResumeAsync(left.Id, cancellationToken: TestToken)).State);
        Assert.Equal("b", (await MapAsync()).GetShardId(1));
    }

    [Fact]
    public async Task What_is_in_the_way_and_may_pass_is_waited_for()
    {
        int tries = 0;
        _mover.Prepare = () => ++tries > 3;
        Assert.Equal(SlotMigrationState.Retired, (await Coordinator().RunAsync(Move, cancellationToken: TestToken)).State);
        Assert.Equal(4, tries);
    }

    [Fact]
    public async Task One_who_was_taken_over_stops()
    {
        var hold = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        _mover.OnAdvance = async migration =>
        {
            if (migration is { State: SlotMigrationState.CatchingUp, Attempt: 1 })
            {
                reached.SetResult();
                await hold.Task;
            }
        };
        Task<SlotMigrationRecord> first = Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await reached.Task;
        Guid id = Assert.Single(await _store.ListUnfinishedAsync(TestToken)).Id;
        await Coordinator().ResumeAsync(id, cancellationToken: TestToken);
        hold.SetResult();
        SlotMigrationTakenOverException stopped = await Assert.ThrowsAsync<SlotMigrationTakenOverException>(() => first);
        Assert.Equal((id, 1), (stopped.Id, stopped.Attempt));
    }

    [Fact]
    public async Task A_slot_that_is_marked_is_named_with_the_migration_that_moves_it_or_as_lost()
    {
        _mover.OnAdvance = migration => migration.State == SlotMigrationState.Copying ? throw new IOException() : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Guid id = Assert.Single(await _store.ListUnfinishedAsync(TestToken)).Id;
        InvalidOperationException moving = await Assert.ThrowsAsync<InvalidOperationException>(() => Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains($"Slot 1 is moving already, by migration {id}", moving.Message, StringComparison.Ordinal);
        InvalidOperationException lost = await Assert.ThrowsAsync<InvalidOperationException>(() => new SlotMigration(new InMemorySlotMigrationStore(), _maps, _mover).RunAsync(Move, cancellationToken: TestToken));
        Assert.Contains("its record was lost", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Moves_and_records_are_written_with_their_slots_as_ranges()
    {
        Assert.Equal("SlotMove { Slots = 1-3, 7, 9-10, From = a, To = b }", new SlotMove([1, 2, 3, 7, 9, 10], "a", "b").ToString());
        Assert.Equal("SlotMove { Slots = , From = a, To = b }", new SlotMove(default, "a", "b").ToString());
        Assert.Equal("SlotMove { Slots = -2147483648, 2147483647, From = a, To = b }", new SlotMove([int.MinValue, int.MaxValue], "a", "b").ToString());
        Assert.Contains("Slots = 1-2,", new SlotMigrationRecord(Guid.Empty, "default", Move, 2, SlotMigrationState.Copying, 1, 1).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_that_does_not_fit_the_map_begins_nothing()
    {
        foreach (SlotMove wrong in (SlotMove[])[new([], "a", "b"), new([1], "a", "a"), new([1], "a", "x"), new([1], "x", "b"), new([7], "a", "b"), new([1, 1], "a", "b"), new([2, 1], "a", "b"), new([-1], "a", "b"), new([8], "a", "b"), new(default, "a", "b")])
        {
            await Assert.ThrowsAsync<ArgumentException>("move", () => Coordinator().RunAsync(wrong, cancellationToken: TestToken));
        }

        (SlotMove Move, string Reason)[] told =
        [
            (new([1], "a", "x"), "no shard 'x'"), (new([1], "x", "b"), "no shard 'x'"), (new([1, 1], "a", "b"), "slot 1: it is there twice"),
            (new([2, 1], "a", "b"), "slot 1: it comes after slot 2"), (new([7], "a", "b"), "slot 7: it is on 'c'"), (new([8], "a", "b"), "slots 0 to 7"),
        ];
        foreach ((SlotMove wrong, string reason) in told)
        {
            ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>("move", () => Coordinator().RunAsync(wrong, cancellationToken: TestToken));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<ArgumentNullException>("move", () => Coordinator().RunAsync(null!, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentException>("id", () => Coordinator().ResumeAsync(Guid.NewGuid(), cancellationToken: TestToken));
        await Assert.ThrowsAsync<InvalidOperationException>(() => new SlotMigration(_store, new InMemoryShardMapStore(), _mover).RunAsync(Move, cancellationToken: TestToken));
        Assert.Empty(await _store.ListUnfinishedAsync(TestToken));
        Assert.Equal(1, (await MapAsync()).Version);
        Assert.Throws<ArgumentOutOfRangeException>("RetireAfter", () => new SlotMigrationOptions { RetireAfter = TimeSpan.FromTicks(-1) });
    }

    private SlotMigration Coordinator() => new(_store, _maps, _mover, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero, FreezePause = TimeSpan.Zero });

    private async Task<ShardMap> MapAsync() => (await _maps.ReadAsync(cancellationToken: TestToken))!;

    /// <summary>Two shards of one fact: whether the source has given the slots away.</summary>
    private sealed class ModelMover : ISlotMover
    {
        private int _attempt;
        private bool _isGivenAway;

        public List<SlotMigrationState> Done { get; } = [];

        public Func<SlotMigrationRecord, Task> OnAdvance { get; set; } = _ => Task.CompletedTask;

        public Func<SlotMigrationRecord, Task> OnAdvanced { get; set; } = _ => Task.CompletedTask;

        public Func<bool> Freeze { get; set; } = () => true;

        public Func<bool> HandOver { get; set; } = () => false;

        public Func<bool> Prepare { get; set; } = () => true;

        public SlotMoveReport Report { get; set; } = new([], 0, 0, TimeSpan.Zero);

        public bool HoldsSlots { get; set; } = true;

        public SlotMigrationState? Found { get; set; }

        public ValueTask<SlotMoveReport> CheckAsync(IReadOnlyList<SlotMove> moves, CancellationToken cancellationToken = default) => ValueTask.FromResult(Report);

        public ImmutableArray<int> Moved { get; set; } = [];

        public ValueTask<ImmutableArray<int>> GetMovedAsync(SlotMigrationRecord migration, CancellationToken cancellationToken) => ValueTask.FromResult(Moved);

        public ValueTask<SlotTakeover> TakeOverAsync(SlotMigrationRecord migration, CancellationToken cancellationToken)
        {
            _attempt = Math.Max(_attempt, migration.Attempt);
            SlotMigrationState state = _isGivenAway && !migration.HasMoved ? SlotMigrationState.Moved : migration.State is SlotMigrationState.Verifying or SlotMigrationState.Frozen ? SlotMigrationState.CatchingUp : migration.State;
            return ValueTask.FromResult(new SlotTakeover(Found ?? state, HoldsSlots));
        }

        public async ValueTask<SlotMigrationState> AdvanceAsync(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken)
        {
            await OnAdvance(migration);
            if (migration.Attempt < _attempt)
            {
                throw new SlotMigrationTakenOverException(migration.Id, migration.Attempt);
            }

            Done.Add(migration.State);
            SlotMigrationState next = migration.State switch
            {
                SlotMigrationState.Preparing when !Prepare() => SlotMigrationState.Preparing,
                SlotMigrationState.Frozen when !Freeze() => SlotMigrationState.CatchingUp,
                SlotMigrationState.Frozen or SlotMigrationState.HandingOver when HandOver() => SlotMigrationState.HandingOver,
                SlotMigrationState.Frozen or SlotMigrationState.HandingOver => SlotMigrationState.Moved,
                SlotMigrationState.Published => SlotMigrationState.Retired,
                _ => migration.State + 1,
            };
            _isGivenAway |= next == SlotMigrationState.Moved;
            await OnAdvanced(migration);
            return next;
        }
    }

    private sealed class WatchedMaps(IShardMapStore inner, Action<ShardMap> written) : IShardMapStore
    {
        public ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default) => inner.ReadAsync(knownVersion, cancellationToken);

        public async ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default)
        {
            bool replaced = await inner.TryReplaceAsync(map, expectedVersion, cancellationToken);
            written(map);
            return replaced;
        }
    }
}
