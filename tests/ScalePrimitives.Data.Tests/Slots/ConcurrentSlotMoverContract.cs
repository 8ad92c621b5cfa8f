using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What holds besides where two transactions can write at a time: the orders of events that need two.</summary>
public abstract partial class ConcurrentSlotMoverContract : SlotMoverContract
{
    [Fact]
    public async Task Values_of_a_further_unique_key_may_change_hands()
    {
        await using SlotWorld world = await NewWorldAsync();
        foreach (string shard in world.Sources.Keys)
        {
            await world.ExecuteAsync(shard, "CREATE TABLE seats (slot INT NOT NULL, id INT NOT NULL, seat INT NOT NULL, PRIMARY KEY (slot, id), UNIQUE (slot, seat))");
        }

        await world.ExecuteAsync("a", $"INSERT INTO seats VALUES {string.Join(", ", Enumerable.Range(1, 1_200).Select(id => $"(1, {id}, {id})"))}");
        int changes = 0;
        var writer = new Inline(progress =>
        {
            if (progress.State < SlotMigrationState.Frozen && changes++ < 12)
            {
                // All move on by one seat, but for the last, who takes the first: in an order in which each seat is free, over more than one batch of notes.
                int first = changes * 10_000;
                world.WriteAsync("a", 1, 1, $"UPDATE seats SET seat = seat + {first} WHERE slot = 1", $"UPDATE seats SET seat = MOD(seat - {first}, 1200) + 1 WHERE slot = 1").GetAwaiter().GetResult();
            }
        });
        world.Options = new SqlSlotMoverOptions { BatchRows = 300 };
        var mover = new SqlSlotMover(world.Fence, [new SlotTable("seats")], id => world.Sources[id], world.Options);
        await new SlotMigration(world.Migrations, world.Maps, mover, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero, FreezePause = TimeSpan.Zero }).RunAsync(Move, writer, TestToken);
        int moved = Math.Min(changes, 12);
        Assert.Equal(1_200, await world.CountAsync("b", "seats", $"seat = MOD(id - 1 + {moved}, 1200) + 1"));
    }

    [Fact]
    public async Task A_write_that_began_before_the_noting_is_copied()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        DbTransaction? transaction = null;
        var begins = new Once(async () =>
        {
            transaction = await connection.BeginTransactionAsync(TestToken);
            await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
            await SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES (1, 9, 1, NULL)");
        });
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Copying ? begins.RunAsync() : Task.CompletedTask);
        var committed = new Once(() => transaction!.CommitAsync(TestToken));

        // It ends when the mover comes for the fences; a mover that does not come for them has read the rows by the time it counts what is noted.
        await HookedCoordinator(
            world,
            source: async text =>
            {
                if (IsLock(text))
                {
                    _ = committed.RunAsync();
                }
                else if (text.Contains("change_id >", StringComparison.Ordinal))
                {
                    await committed.RunAsync();
                }
            },
            target: _ => Task.CompletedTask).RunAsync(Move, cancellationToken: TestToken);
        await transaction!.DisposeAsync();
        Assert.Equal(4, await world.CountAsync("b", "orders"));
        Assert.Equal(0, await world.CountAsync("a", "orders"));
    }

    [Fact]
    public async Task A_write_that_began_before_the_freeze_is_waited_for()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        DbTransaction? transaction = null;
        var committed = new Once(() => transaction!.CommitAsync(TestToken));
        var begins = new Once(async () =>
        {
            transaction = await connection.BeginTransactionAsync(TestToken);
            await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
            await SlotWorld.ExecuteAsync(connection, transaction, "UPDATE orders SET version = 5 WHERE slot = 1 AND id = 2");
        });
        await HookedCoordinator(
            world,
            source: async text =>
            {
                if (text.Contains("change_id >", StringComparison.Ordinal))
                {
                    await begins.RunAsync();
                }
                else if (transaction is not null && IsLock(text))
                {
                    _ = committed.RunAsync();
                }
                else if (text.Contains("SET state = 3", StringComparison.Ordinal))
                {
                    await committed.RunAsync();
                }
            },
            target: _ => Task.CompletedTask).RunAsync(Move, cancellationToken: TestToken);
        await committed.RunAsync();
        await transaction!.DisposeAsync();
        Assert.Equal(1, await world.CountAsync("b", "orders", "version = 5"));
    }

    [Fact]
    public async Task A_note_that_is_committed_after_a_later_one_is_not_missed()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        DbTransaction? transaction = null;
        bool isLaterConsumed = false;
        var writes = new Once(async () =>
        {
            transaction = await connection.BeginTransactionAsync(TestToken);
            await world.Fence.EnterAsync(transaction, 1, 1, TestToken);
            await SlotWorld.ExecuteAsync(connection, transaction, "UPDATE orders SET version = 10 WHERE slot = 1 AND id = 1");
            await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 11 WHERE slot = 1 AND id = 2");
        });
        var committed = new Once(() => transaction!.CommitAsync(TestToken));
        await HookedCoordinator(
            world,
            source: async text =>
            {
                if (text.Contains("change_id >", StringComparison.Ordinal))
                {
                    await writes.RunAsync();
                }

                isLaterConsumed |= text.StartsWith("DELETE ", StringComparison.Ordinal) && text.Contains("change_id", StringComparison.Ordinal);
                if (isLaterConsumed && text.Contains("COUNT(*)", StringComparison.Ordinal) | text.Contains("change_id >", StringComparison.Ordinal))
                {
                    await committed.RunAsync();
                }
            },
            target: _ => Task.CompletedTask).RunAsync(Move, cancellationToken: TestToken);
        await transaction!.DisposeAsync();
        Assert.True(isLaterConsumed);
        Assert.Equal((1, 1), (await world.CountAsync("b", "orders", "version = 10"), await world.CountAsync("b", "orders", "version = 11")));
    }

    private static bool IsLock(string text) => text.Contains("SELECT virtualtransaction", StringComparison.Ordinal) || text.Contains("FORCE INDEX (PRIMARY) SET state = ", StringComparison.Ordinal);
}
