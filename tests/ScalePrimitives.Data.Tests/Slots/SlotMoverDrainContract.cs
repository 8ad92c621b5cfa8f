using System.Data.Common;
using System.Diagnostics;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>How long writers keep a mover, and a mover writers, where many write at a time.</summary>
public abstract class SlotMoverDrainContract : SlotContract
{
    private const int ManySlots = 16; // of 32, all of them on a

    private static readonly SlotMove MoveOfMany = new([.. Enumerable.Range(0, ManySlots)], "a", "b");
    private static readonly TimeSpan WriterTakes = TimeSpan.FromMilliseconds(400);

    // Each slot is held a little longer than the one before it: a mover that waits for one after the other, each within its time, keeps new writers of the first slot out until the last is free.
    [Fact]
    public async Task One_deadline_counts_for_all_slots_that_are_waited_for()
    {
        await using SlotWorld world = await NewManyAsync();
        world.Options = new SqlSlotMoverOptions { LockTimeout = TimeSpan.FromSeconds(1), FreezeLimit = TimeSpan.FromMilliseconds(500) };
        await using var holders = new Holders(world);
        var waits = new WriteWaits();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
        Task probing = Task.CompletedTask;
        var begins = new Once(async () =>
        {
            await holders.BeginAsync();
            holders.EndOneAfterTheOther();
            probing = ProbeAsync(world, waits, holders.FirstEnded, done.Token);
        });
        bool isFrozen = false;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state == SlotMigrationState.Frozen)
            {
                isFrozen = true;
                await begins.RunAsync();
            }
            else if (isFrozen)
            {
                holders.EndAll(); // one try is over
            }
        });
        SlotMigration coordinator = Patient(world);
        await coordinator.RunAsync(MoveOfMany, cancellationToken: TestToken);
        await done.CancelAsync();
        await probing;
        TimeSpan longest = waits.TakeLongest();
        Assert.True(longest < TimeSpan.FromSeconds(4), $"A write of one row waited for {longest}.");
        Assert.Equal(ManySlots, await world.CountAsync("b", "orders", "version > 1"));
        await world.AssertNothingIsLeftAsync();
    }

    // No slot is ever held for longer than a tenth of a second, but there is not one moment at which all are free.
    [Fact]
    public async Task Many_slots_with_steady_writers_come_to_an_end()
    {
        await using SlotWorld world = await NewManyAsync();
        world.Options = new SqlSlotMoverOptions { LockTimeout = TimeSpan.FromSeconds(1), FreezeLimit = TimeSpan.FromMilliseconds(400) };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
        long written = 0;
        Task[] writers = [.. MoveOfMany.Slots.Select(slot => Task.Run(async () =>
        {
            for (string shard = "a"; !stop.IsCancellationRequested;)
            {
                try
                {
                    await HoldSlotAsync(world, shard, slot, TimeSpan.FromMilliseconds(100));
                    Interlocked.Increment(ref written);
                }
                catch (SlotFrozenException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
                }
                catch (StaleShardMapException moved)
                {
                    shard = moved.ShardId;
                }
            }
        }))];
        await Patient(world).RunAsync(MoveOfMany, cancellationToken: TestToken).WaitAsync(TimeSpan.FromSeconds(20), TestToken);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.Equal((0, ManySlots), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await using DbConnection connection = await world.Sources["b"].OpenConnectionAsync(TestToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT SUM(version) FROM orders";
        Assert.Equal(ManySlots + written, Convert.ToInt64(await command.ExecuteScalarAsync(TestToken), System.Globalization.CultureInfo.InvariantCulture));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_transaction_that_was_open_at_the_first_move_holds_it_up_and_no_more()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        world.Options = new SqlSlotMoverOptions { LockTimeout = TimeSpan.FromSeconds(1) };
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
        await SlotWorld.ExecuteAsync(connection, transaction, "UPDATE orders SET version = 5 WHERE slot = 1 AND id = 2");
        Task<SlotMigrationRecord> moving = Patient(world).RunAsync(Move, cancellationToken: TestToken);
        await Task.WhenAny(moving, Task.Delay(TimeSpan.FromSeconds(2.5), TestToken));
        await transaction.CommitAsync(TestToken);
        Assert.Equal(SlotMigrationState.Retired, (await moving).State);
        Assert.Equal((3, 1), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "orders", "version = 5")));
        await world.AssertNothingIsLeftAsync();
    }

    // Who was let in may write until the transaction ends, however soon after that the slots are frozen.
    [Fact]
    public async Task A_writer_that_entered_before_the_freeze_still_writes_and_is_waited_for()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        world.Options = new SqlSlotMoverOptions { LockTimeout = TimeSpan.FromSeconds(1) };
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        DbTransaction? transaction = null;
        var writes = new Once(async () =>
        {
            await SlotWorld.ExecuteAsync(connection, transaction, "UPDATE orders SET version = 5 WHERE slot = 1 AND id = 2");
            await SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES (1, 9, 1, 'late')");
            await transaction!.CommitAsync(TestToken);
        });
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state == SlotMigrationState.Frozen && transaction is null)
            {
                transaction = await connection.BeginTransactionAsync(TestToken);
                await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
            }
            else if (transaction is not null)
            {
                await writes.RunAsync(); // a try to freeze is over
            }
        });
        var source = new HookedDataSource(world.Sources["a"], async _ =>
        {
            if (transaction is not null && await world.CountAsync("a", "slot_fences", "slot = 1 AND state = 2") == 1)
            {
                await writes.RunAsync();
            }
        });
        await Patient(world, id => id == "a" ? source : world.Sources[id]).RunAsync(Move, cancellationToken: TestToken);
        await transaction!.DisposeAsync();
        Assert.Equal((1, 1, 4), (await world.CountAsync("b", "orders", "version = 5"), await world.CountAsync("b", "orders", "body = 'late'"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    private async Task<SlotWorld> NewManyAsync()
    {
        SlotWorld world = await NewWorldAsync(2 * ManySlots, shards: 2);
        await world.ExecuteAsync("a", $"INSERT INTO orders VALUES {string.Join(", ", MoveOfMany.Slots.Select(slot => $"({slot}, 1, 1, NULL)"))}");

        // So that the triggers are there.
        await world.Coordinator().RunAsync(new SlotMove([2 * ManySlots - 1], "b", "a"), cancellationToken: TestToken);
        return world;
    }

    // With a pause between two tries, in which writers come in.
    private static SlotMigration Patient(SlotWorld world, Func<string, DbDataSource>? sources = null) =>
        new(world.Migrations, world.Maps, world.Mover(sources), new SlotMigrationOptions { RetireAfter = TimeSpan.Zero, FreezePause = TimeSpan.FromMilliseconds(300) });

    private static async Task HoldSlotAsync(SlotWorld world, string shard, int slot, TimeSpan time)
    {
        await using DbConnection connection = await world.Sources[shard].OpenConnectionAsync(CancellationToken.None);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await world.Fence.EnterAsync(transaction, slot, 1, CancellationToken.None);
        await SlotWorld.ExecuteAsync(connection, transaction, $"UPDATE orders SET version = version + 1 WHERE slot = {slot} AND id = 1");
        await Task.Delay(time, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    // Writes one row of slot 0, again and again.
    private static async Task ProbeAsync(SlotWorld world, WriteWaits waits, Task begin, CancellationToken stop)
    {
        await begin;
        string shard = "a";
        while (!stop.IsCancellationRequested)
        {
            long asked = Stopwatch.GetTimestamp();
            try
            {
                await HoldSlotAsync(world, shard, 0, TimeSpan.Zero);
                waits.Accept(0, asked);
            }
            catch (SlotFrozenException)
            {
                waits.Refuse(0, asked);
            }
            catch (StaleShardMapException moved)
            {
                waits.Refuse(0, asked);
                shard = moved.ShardId;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        }
    }

    /// <summary>A transaction within each of the slots.</summary>
    private sealed class Holders(SlotWorld world) : IAsyncDisposable
    {
        private readonly List<(DbConnection Connection, DbTransaction Transaction)> _open = [];
        private readonly TaskCompletionSource _endAll = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _firstEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task _ending = Task.CompletedTask;

        public Task FirstEnded => _firstEnded.Task;

        public async Task BeginAsync()
        {
            foreach (int slot in MoveOfMany.Slots)
            {
                DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
                DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
                _open.Add((connection, transaction));
                await world.Fence.EnterAsync(transaction, slot, 1, TestToken);
                await SlotWorld.ExecuteAsync(connection, transaction, $"UPDATE orders SET version = version + 1 WHERE slot = {slot} AND id = 1");
            }
        }

        public void EndOneAfterTheOther() => _ending = Task.Run(async () =>
        {
            foreach ((_, DbTransaction transaction) in _open)
            {
                await Task.WhenAny(_endAll.Task, Task.Delay(WriterTakes));
                await transaction.CommitAsync();
                _firstEnded.TrySetResult();
            }
        });

        public void EndAll() => _endAll.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            EndAll();
            await _ending;
            foreach ((DbConnection connection, DbTransaction transaction) in _open)
            {
                await transaction.DisposeAsync();
                await connection.DisposeAsync();
            }
        }
    }
}
