using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What the tables that move have besides rows: triggers of their own and of the mover's, references to other tables, columns that change.</summary>
public abstract class SlotMoverSchemaContract : SlotContract
{
    [Theory]
    [InlineData("a", "DELETE", "OLD")]
    [InlineData("b", "INSERT", "NEW")]
    [InlineData("b", "DELETE", "OLD")]
    public async Task A_trigger_that_would_take_moved_rows_for_new_ones_is_refused(string shard, string change, string row)
    {
        await using SlotWorld world = await NewOutboxAsync();
        await world.FillAsync("a", 1, 5);
        await world.ExecuteAsync(shard, OwnTrigger("orders_outbox", change, PutIntoOutbox(change, row), isForMovedRows: true));
        await world.AssertRefusedAsync(world.Coordinator(), Move, "orders_outbox");
        Assert.Equal((0, 0), (await world.CountAsync("a", "outbox"), await world.CountAsync("b", "outbox")));
        Assert.Equal((5, 0), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
    }

    [Fact]
    public async Task A_trigger_that_leaves_moved_rows_out_tells_of_none_of_them_and_of_all_others()
    {
        await using SlotWorld world = await NewOutboxAsync();
        await world.FillAsync("a", 1, 5);
        foreach ((string change, string row) in ((string, string)[])[("INSERT", "NEW"), ("DELETE", "OLD"), ("UPDATE", "NEW")])
        {
            await world.ExecuteEverywhereAsync(OwnTrigger($"orders_outbox_{change}", change, PutIntoOutbox(change, row), isForMovedRows: false));
        }

        bool isWritten = false;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && !isWritten)
            {
                isWritten = true;
                world.WriteAsync("a", 1, 1, "INSERT INTO orders VALUES (1, 77, 1, NULL)", "UPDATE orders SET version = 2 WHERE slot = 1 AND id = 3").GetAwaiter().GetResult();
            }
        });
        await world.Coordinator().RunAsync(Move, writer, TestToken);
        Assert.Equal(6, await world.CountAsync("b", "orders"));
        await world.WriteAsync("b", 1, 2, "INSERT INTO orders VALUES (1, 88, 1, NULL)", "DELETE FROM orders WHERE slot = 1 AND id = 77");
        Assert.Equal(["INSERT|77", "UPDATE|3"], await world.QueryAsync("a", "SELECT what, id FROM outbox ORDER BY what"));
        Assert.Equal(["DELETE|77", "INSERT|88"], await world.QueryAsync("b", "SELECT what, id FROM outbox ORDER BY what"));
    }

    [Theory]
    [InlineData("a", 2)]
    [InlineData("a", 3)]
    [InlineData("a", 5)]
    [InlineData("b", 3)]
    public async Task Half_installed_triggers_are_no_dead_end(string shard, int failing)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        int created = 0;
        var hooked = new HookedDataSource(world.Sources[shard], text =>
        {
            bool creates = text.Contains("CREATE", StringComparison.Ordinal) && text.Contains("TRIGGER", StringComparison.Ordinal);
            return creates && ++created == failing ? throw new NotSupportedException("Enough.") : Task.CompletedTask;
        });
        await Assert.ThrowsAsync<NotSupportedException>(() => world.Coordinator(id => id == shard ? hooked : world.Sources[id]).RunAsync(Move, cancellationToken: TestToken));
        await world.WriteAsync("a", 1, 1, "UPDATE orders SET version = 2 WHERE slot = 1 AND id = 1");
        await world.ResumeOrRunAsync(world.Coordinator(), Move);
        Assert.Equal((3, 6, 1), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "order_lines"), await world.CountAsync("b", "orders", "version = 2")));
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO orders VALUES (1, 9, 1, NULL)"));
    }

    [Fact]
    public async Task Columns_may_stand_in_another_order()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", "CREATE TABLE items (slot INT NOT NULL, id BIGINT NOT NULL, one VARCHAR(20), two VARCHAR(20), PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("b", "CREATE TABLE items (two VARCHAR(20), id BIGINT NOT NULL, one VARCHAR(20), slot INT NOT NULL, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items (slot, id, one, two) VALUES (1, 1, 'one', 'two')");
        bool isWritten = false;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && !isWritten)
            {
                isWritten = true;
                world.ExecuteAsync("a", "INSERT INTO items (slot, id, one, two) VALUES (1, 2, 'three', 'four')").GetAwaiter().GetResult();
            }
        });
        await world.CoordinatorOf("items").RunAsync(Move, writer, TestToken);
        Assert.Equal(["1|1|one|two", "1|2|three|four"], await world.QueryAsync("b", "SELECT slot, id, one, two FROM items ORDER BY id"));
    }

    [Fact]
    public async Task A_key_that_is_compared_otherwise_on_the_other_shard_is_refused_by_name()
    {
        await using SlotWorld world = await NewWorldAsync();
        (string a, string b) = Collations;
        await world.ExecuteAsync("a", $"CREATE TABLE items (slot INT NOT NULL, title VARCHAR(50) {a} NOT NULL, PRIMARY KEY (slot, title))");
        await world.ExecuteAsync("b", $"CREATE TABLE items (slot INT NOT NULL, title VARCHAR(50) {b} NOT NULL, PRIMARY KEY (slot, title))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 'x'), (1, 'X')");
        await world.AssertRefusedAsync(world.CoordinatorOf("items"), Move, "title");
        Assert.Equal((2, 0), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
    }

    [Fact]
    public async Task A_key_of_which_only_the_case_changes_is_noted()
    {
        await using SlotWorld world = await NewWorldAsync();
        await MoveWhileCaseChangesAsync(world, Collations.B);
    }

    [Fact]
    public async Task A_key_may_get_another_column_after_a_first_move()
    {
        await using SlotWorld world = await NewItemsAsync("id INT NOT NULL, body VARCHAR(50), PRIMARY KEY (slot, id)");
        await world.ExecuteEverywhereAsync(AddPartToKeyOfItems);
        await MoveAndWriteAsync(world, "slot", "INSERT INTO items VALUES (0, 1, 'new', 5)");
        Assert.Equal(1, await world.CountAsync("b", "items", "part = 5"));
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO items VALUES (0, 8, 'late', 0)"));
    }

    [Fact]
    public async Task The_slot_column_may_be_renamed_after_a_first_move()
    {
        await using SlotWorld world = await NewItemsAsync("id INT NOT NULL, body VARCHAR(50), PRIMARY KEY (slot, id)");
        await world.ExecuteEverywhereAsync("ALTER TABLE items RENAME COLUMN slot TO bucket");
        await MoveAndWriteAsync(world, "bucket", "INSERT INTO items VALUES (0, 7, 'new')");
        Assert.Equal(1, await world.CountAsync("b", "items", "bucket = 0 AND id = 7"));
    }

    /// <summary>Gets two ways in which a key of texts can be compared: by its letters, and whatever their case.</summary>
    protected abstract (string A, string B) Collations { get; }

    /// <summary>Gets the statements that add a column <c>part</c> to the table <c>items</c> and to its key.</summary>
    protected abstract string[] AddPartToKeyOfItems { get; }

    /// <summary>Makes the statement that creates a trigger of the service's own on orders.</summary>
    protected abstract string OwnTrigger(string name, string change, string statement, bool isForMovedRows);

    /// <summary>Makes a world with a table of its own, and one move of it done, of slots that are empty.</summary>
    private protected async Task<SlotWorld> NewItemsAsync(string columns)
    {
        SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync($"CREATE TABLE items (slot INT NOT NULL, {columns})");
        await world.ExecuteAsync("a", "INSERT INTO items (slot, id, body) VALUES (0, 1, 'old'), (0, 2, 'old')");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        return world;
    }

    /// <summary>Moves slot 0 of that table, while a service adds a row, and writes afterwards.</summary>
    private protected static async Task MoveAndWriteAsync(SlotWorld world, string slotColumn, string statement)
    {
        bool isWritten = false;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && !isWritten)
            {
                isWritten = true;
                world.ExecuteAsync("a", statement).GetAwaiter().GetResult();
            }
        });
        await world.Coordinator(new SqlSlotMover(world.Fence, [new SlotTable("items", slotColumn)], id => world.Sources[id], world.Options)).RunAsync(new SlotMove([0], "a", "b"), writer, TestToken);
        Assert.True(isWritten);
        Assert.Equal((0, 3), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
        await world.ExecuteAsync("b", "UPDATE items SET body = 'newest'");
        Assert.Equal(3, await world.CountAsync("b", "items", "body = 'newest'"));
    }

    private static string PutIntoOutbox(string change, string row) => $"INSERT INTO outbox VALUES ('{change}', {row}.id)";

    private async Task<SlotWorld> NewOutboxAsync()
    {
        SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE outbox (what VARCHAR(20), id BIGINT)");
        return world;
    }
}
