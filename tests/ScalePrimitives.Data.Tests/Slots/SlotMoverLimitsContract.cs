using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What a move costs, and its triggers afterwards, has bounds.</summary>
public abstract class SlotMoverLimitsContract : SlotContract
{
    [Fact]
    public async Task One_statement_may_change_rows_of_all_slots_after_the_first_move()
    {
        const int Slots = 32_768;
        await using SlotWorld world = await NewWorldAsync(Slots, shards: 2);
        await world.Coordinator().RunAsync(new SlotMove([Slots - 1], "b", "a"), cancellationToken: TestToken);
        for (int slot = 0; slot < Slots / 2; slot += 4_096)
        {
            await world.ExecuteAsync("a", $"INSERT INTO orders VALUES {string.Join(", ", Enumerable.Range(slot, 4_096).Select(each => $"({each}, 1, 1, NULL)"))}");
        }

        await world.ExecuteAsync("a", "UPDATE orders SET version = version + 1");
        Assert.Equal(Slots / 2, await world.CountAsync("a", "orders", "version = 2"));
        await world.ExecuteAsync("a", "DELETE FROM orders");
        Assert.Equal(0, await world.CountAsync("a", "orders"));
    }

    // Some 20 MB in 1,000 rows: what a batch has by default, and above what a MariaDB server takes in one packet.
    [Fact]
    public async Task A_batch_has_a_limit_of_bytes_too() => Assert.InRange(await MostBytesAtOnceAsync(rows: 1_000, new SqlSlotMoverOptions()), 1, 8 << 20);

    [Fact]
    public async Task A_batch_has_no_more_bytes_than_it_may() => Assert.InRange(await MostBytesAtOnceAsync(rows: 60, new SqlSlotMoverOptions { BatchBytes = 100_000 }), 1, 300_000);

    // While both copies are compared, rows differ that were written since. To know which, a mover that reads all notes for each part that differs reads them again and again.
    [Fact]
    public async Task Comparing_reads_notes_in_proportion_to_what_was_written()
    {
        const int Rows = 1_500;
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", $"INSERT INTO orders VALUES {string.Join(", ", Enumerable.Range(1, Rows).Select(id => $"(1, {id}, 1, NULL)"))}");
        world.Options = new SqlSlotMoverOptions { BatchRows = 10 };
        long notesRead = 0;
        bool isVerifying = false;
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state == SlotMigrationState.Verifying)
            {
                await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = version + 1 WHERE slot = 1", "UPDATE orders SET version = version + 1 WHERE slot = 1");
            }

            isVerifying = state == SlotMigrationState.Verifying;
        });
        var counted = new HookedDataSource(world.Sources["a"], _ => Task.CompletedTask, text =>
        {
            if (isVerifying && text.Contains("orders_slot_changes", StringComparison.Ordinal))
            {
                notesRead++;
            }
        });
        await world.Coordinator(id => id == "a" ? counted : world.Sources[id]).RunAsync(Move, cancellationToken: TestToken);
        Assert.InRange(notesRead, 1, 10 * 2 * Rows);
        Assert.Equal(Rows, await world.CountAsync("b", "orders", "version = 3"));
    }

    // Of rows of 20,000 bytes: the most that was reported as copied at a time.
    private async Task<long> MostBytesAtOnceAsync(int rows, SqlSlotMoverOptions options)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE documents (slot INT NOT NULL, id INT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (slot, id))");
        string body = new('x', 20_000);
        foreach (int[] ids in Enumerable.Range(0, rows).Chunk(50))
        {
            await world.ExecuteAsync("a", $"INSERT INTO documents VALUES {string.Join(", ", ids.Select(id => $"(1, {id}, '{body}')"))}");
        }

        world.Options = options;
        long last = 0;
        long most = 0;
        var progress = new Inline(report =>
        {
            most = Math.Max(most, report.State == SlotMigrationState.Copying ? report.Bytes - last : 0);
            last = report.Bytes;
        });
        await world.CoordinatorOf("documents", "orders", "order_lines").RunAsync(Move, progress, TestToken);
        Assert.Equal((0, rows), (await world.CountAsync("a", "documents"), await world.CountAsync("b", "documents", $"LENGTH(body) = {body.Length}")));
        return most;
    }
}
