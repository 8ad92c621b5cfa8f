using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

// Who holds one slot, or the triggers, while a move wants them.
public abstract partial class ConcurrentSlotMoverContract
{
    // Slot 2 is held, so that slot 1 changes hands alone; and the mover ends before it has told anybody.
    [Fact]
    public async Task A_part_that_was_handed_over_is_published_by_whoever_resumes_before_the_rest_is()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.FillAsync("a", 2, 3);
        world.Options = new SqlSlotMoverOptions { LockTimeout = TimeSpan.FromMilliseconds(200) };
        await using var writer = new OpenWriter(world, "a", slot: 2, epoch: 1);
        int parts = 0;
        (string ShardId, SlotState State)[] told = [];
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            await (state == SlotMigrationState.Frozen ? writer.BeginAsync() : Task.CompletedTask);
            switch (state == SlotMigrationState.HandingOver ? ++parts : 0)
            {
                case 1:
                    throw new IOException();
                case 4: // the second is what the one who resumes finds; after the third the map is told
                    ShardMap map = await world.MapAsync();
                    told = [.. Move.Slots.Select(slot => (map.GetShardId(slot), map.GetState(slot)))];
                    await writer.CommitAsync();
                    break;
            }
        });
        await Assert.ThrowsAsync<IOException>(() => world.Coordinator().RunAsync(Move, cancellationToken: TestToken));
        Assert.Equal((1, "a"), (await world.CountAsync("a", "slot_fences", "state = 3"), (await world.MapAsync()).GetShardId(1)));
        SlotMigrationRecord left = Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken));
        await world.Coordinator().ResumeAsync(left.Id, cancellationToken: TestToken);
        Assert.Equal([("b", SlotState.Stable), ("a", SlotState.Moving)], told);
        Assert.Equal((0, 6), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        Assert.Equal(1, await world.CountAsync("b", "orders", "slot = 2 AND version = 5"));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_writer_that_holds_a_slot_at_the_target_does_not_keep_the_others_from_being_owned()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        world.Options = new SqlSlotMoverOptions { LockTimeout = TimeSpan.FromMilliseconds(200) };
        await using var writer = new OpenWriter(world, "b", slot: 1, epoch: 2);
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Published ? writer.BeginAsync() : Task.CompletedTask);
        int tries = 0;
        bool isOwned = false;
        var target = new HookedDataSource(world.Sources["b"], async text =>
        {
            if (text.Contains("peer = NULL", StringComparison.Ordinal) && writer.IsOpen)
            {
                isOwned = await world.CountAsync("b", "slot_fences", "slot = 2 AND state = 0") == 1;
                await (isOwned || ++tries > 20 ? writer.CommitAsync() : Task.CompletedTask);
            }
        });
        await world.Coordinator(id => id == "b" ? target : world.Sources[id]).RunAsync(Move, cancellationToken: TestToken);
        Assert.True(isOwned || writer.IsOpen, "Slot 2 was owned only after the writer of slot 1 had ended."); // where nobody is waited for, it is open still
        await writer.CommitAsync();
        Assert.Equal(1, await world.CountAsync("b", "orders", "version = 5"));
        await world.AssertNothingIsLeftAsync();
    }

    // One takes the triggers of the lines away, and has seen that nothing moves; another begins to move, and would find them there still.
    [Fact]
    public async Task Triggers_that_are_being_taken_away_are_not_taken_for_installed()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        await world.Mover().InstallAsync("a", TestToken);
        var hold = new Hold();
        var taker = new HookedDataSource(world.Sources["a"], text => text.Contains("DROP TRIGGER", StringComparison.Ordinal) ? hold.ComeAsync() : Task.CompletedTask);
        Task uninstalling = world.Mover(_ => taker).UninstallAsync("a", TestToken);
        await hold.Reached.WaitAsync(TestToken);
        var release = new Once(() =>
        {
            hold.Release();
            return Task.CompletedTask;
        });
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state == SlotMigrationState.Copying)
            {
                await release.RunAsync(); // by now, for one who did not ask
                await Assert.ThrowsAsync<InvalidOperationException>(() => uninstalling); // of the other table, by when the slots were claimed
            }
            else if (state == SlotMigrationState.CatchingUp)
            {
                await world.WriteAsync("a", 1, 1, "UPDATE order_lines SET article = 'cup' WHERE slot = 1 AND order_id = 1 AND line = 1");
            }
        });
        var mover = new HookedDataSource(world.Sources["a"], text => IsInstallLock(text) ? release.RunAsync() : Task.CompletedTask);
        await world.Coordinator(id => id == "a" ? mover : world.Sources[id]).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(1, await world.CountAsync("b", "order_lines", "article = 'cup'"));
        await world.AssertNothingIsLeftAsync();
    }

    private static bool IsInstallLock(string text) => text.Contains("GET_LOCK", StringComparison.Ordinal)
        || (text.StartsWith("SELECT pg_advisory_xact_lock(", StringComparison.Ordinal) && text.EndsWith(", -1)", StringComparison.Ordinal));

    /// <summary>A transaction within a slot, which has written an order.</summary>
    private sealed class OpenWriter(SlotWorld world, string shard, int slot, long epoch) : IAsyncDisposable
    {
        private DbConnection? _connection;
        private DbTransaction? _transaction;

        public bool IsOpen => _transaction is not null;

        public async Task BeginAsync()
        {
            if (_connection is not null)
            {
                return; // once
            }

            _connection = await world.Sources[shard].OpenConnectionAsync(TestToken);
            _transaction = await _connection.BeginTransactionAsync(TestToken);
            await world.Fence.EnterAsync(_transaction, slot, epoch, TestToken);
            await SlotWorld.ExecuteAsync(_connection, _transaction, $"UPDATE orders SET version = 5 WHERE slot = {slot} AND id = 1");
        }

        public async Task CommitAsync()
        {
            if (_transaction is not null)
            {
                await _transaction.CommitAsync(TestToken);
                await _transaction.DisposeAsync();
                _transaction = null;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await (_transaction?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
