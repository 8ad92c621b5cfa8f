using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Triggers and logs come to a table at its first move, whoever else is about, and follow the table afterwards.</summary>
public abstract class SlotMoverInstallContract : SlotContract
{
    private static readonly TimeSpan MeetingPatience = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Two_first_moves_side_by_side_both_succeed()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 4);
        await world.FillAsync("a", 2, 4);
        await Task.WhenAll(Meet(world, 2, "CREATE ", slot => world.Coordinator(slot.Source).RunAsync(new SlotMove([slot.Number + 1], "a", "b"), cancellationToken: TestToken)));
        Assert.Equal((0, 8), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Many_may_create_the_fences_at_once()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource shard = database.Open();
        var map = new ShardMap(SlotWorld.Slots, ["a", "b"]);
        var meeting = new Meeting(8, MeetingPatience);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var hooked = new HookedDataSource(shard, text => text.Contains("CREATE TABLE", StringComparison.Ordinal) ? meeting.ComeAsync() : Task.CompletedTask);
            await new SqlSlotFence(database.Dialect).CreateSchemaAsync(hooked, map, "a", TestToken);
        })));
        await using DbConnection connection = await shard.OpenConnectionAsync(TestToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM slot_fences";
        Assert.Equal(SlotWorld.Slots, Convert.ToInt32(await command.ExecuteScalarAsync(TestToken), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_key_that_grew_wider_after_the_first_move_is_noted_in_full()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, body VARCHAR(20), PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 'one'), (3, 1, 'three')");
        await world.CoordinatorOf("items", "orders", "order_lines").RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteEverywhereAsync(WidenKey("items", "id"));
        var written = new Once(() => world.WriteAsync("a", 3, 1, "INSERT INTO items VALUES (3, 3000000000, 'wide')"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.CatchingUp ? written.RunAsync() : Task.CompletedTask);
        await world.CoordinatorOf("items", "orders", "order_lines").RunAsync(new SlotMove([3], "a", "b"), cancellationToken: TestToken);
        Assert.Equal((3, 1), (await world.CountAsync("b", "items"), await world.CountAsync("b", "items", "slot = 3 AND id = 3000000000")));
    }

    [Fact]
    public async Task A_key_column_that_was_renamed_after_the_first_move_is_noted_by_its_new_name()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, body VARCHAR(20), PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 'one'), (3, 1, 'three'), (3, 2, 'four')");
        await world.CoordinatorOf("items", "orders", "order_lines").RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteEverywhereAsync(RenameColumn("items", "id", "number"));
        var written = new Once(() => world.WriteAsync("a", 3, 1, "INSERT INTO items VALUES (3, 9, 'new')", "UPDATE items SET number = 7 WHERE slot = 3 AND number = 1", "DELETE FROM items WHERE slot = 3 AND number = 2"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.CatchingUp ? written.RunAsync() : Task.CompletedTask);
        await world.CoordinatorOf("items", "orders", "order_lines").RunAsync(new SlotMove([3], "a", "b"), cancellationToken: TestToken);
        Assert.Equal(["3|7|three", "3|9|new"], await world.RowsAsync("b", "items", 3));
    }

    /// <summary>Makes the statements that make a key column a 64-bit number.</summary>
    protected virtual string[] WidenKey(string table, string column) => [$"ALTER TABLE {table} ALTER COLUMN {column} TYPE BIGINT"];

    /// <summary>Makes the statements that rename a column.</summary>
    protected virtual string[] RenameColumn(string table, string column, string name) => [$"ALTER TABLE {table} RENAME COLUMN {column} TO {name}"];

    // Some begin their work side by side; each waits before its first statement of a kind until all have come to it, or for a moment where the others are kept out meanwhile.
    private static IEnumerable<Task> Meet(SlotWorld world, int parties, string statement, Func<(int Number, Func<string, DbDataSource> Source), Task> work)
    {
        var meeting = new Meeting(parties, MeetingPatience);
        return Enumerable.Range(0, parties).Select(number =>
        {
            bool hasCome = false;
            Dictionary<string, DbDataSource> hooked = world.Sources.ToDictionary(each => each.Key, each => (DbDataSource)new HookedDataSource(each.Value, async text =>
            {
                if (!hasCome && text.Contains(statement, StringComparison.Ordinal))
                {
                    hasCome = true;
                    await meeting.ComeAsync();
                }
            }), StringComparer.Ordinal);
            return Task.Run(() => work((number, id => hooked[id])));
        });
    }
}
