using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotSchemaTests : SlotMoverSchemaContract, IDisposable
{
    private readonly SqliteFiles _files = new();

    protected override (string A, string B) Collations => ("COLLATE BINARY", "COLLATE NOCASE");

    // As SQLite's manual wants it for changes that ALTER TABLE does not know: the triggers go with the old table, the log does not.
    protected override string[] AddPartToKeyOfItems =>
    [
        "CREATE TABLE items_new (slot INT NOT NULL, id INTEGER NOT NULL, body TEXT, part INT NOT NULL DEFAULT 0, PRIMARY KEY (slot, id, part))",
        "INSERT INTO items_new (slot, id, body) SELECT * FROM items",
        "DROP TABLE items",
        "ALTER TABLE items_new RENAME TO items",
    ];

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task All_rows_deleted_at_once_are_noted()
    {
        await using SlotWorld world = await NewItemsAsync("id INT NOT NULL, body TEXT, PRIMARY KEY (slot, id)");
        bool isWritten = false;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && !isWritten)
            {
                isWritten = true;
                world.ExecuteAsync("a", "DELETE FROM items").GetAwaiter().GetResult();
            }
        });
        await world.CoordinatorOf("items").RunAsync(new SlotMove([0], "a", "b"), writer, TestToken);
        Assert.True(isWritten);
        Assert.Equal((0, 0), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
    }

    [Theory]
    [InlineData("STRICT")]
    [InlineData("WITHOUT ROWID")]
    [InlineData("STRICT, WITHOUT ROWID")]
    public async Task Tables_of_every_kind_move(string options)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync($"CREATE TABLE items (slot INT NOT NULL, id TEXT NOT NULL, amount INTEGER, twice INTEGER AS (amount * 2), PRIMARY KEY (id, slot)) {options}");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 'é', 5), (2, '', NULL), (3, 'stays', 1)");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(["1|é|5|10", "2||NULL|NULL"], await world.QueryAsync("b", "SELECT slot, id, amount, twice FROM items ORDER BY slot"));
        Assert.Equal(1, await world.CountAsync("a", "items"));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => Task.FromResult(_files.NewDatabase());

    protected override string OwnTrigger(string name, string change, string statement, bool isForMovedRows) =>
        $"CREATE TRIGGER {name} AFTER {change} ON orders {(isForMovedRows ? "" : "WHEN NOT EXISTS (SELECT 1 FROM slot_fences_moves WHERE mover = 1) ")}BEGIN {statement}; END";
}
