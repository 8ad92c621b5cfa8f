using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotSchemaTests(MariaDbServer server) : SlotMoverSchemaContract
{
    private const string Period = "slot INT NOT NULL, id INT NOT NULL, since DATE NOT NULL, until DATE NOT NULL, PERIOD FOR valid (since, until)";

    protected override (string A, string B) Collations => ("CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");

    protected override string[] AddPartToKeyOfItems => ["ALTER TABLE items ADD COLUMN part INT NOT NULL DEFAULT 0, DROP PRIMARY KEY, ADD PRIMARY KEY (slot, id, part)"];

    [Fact]
    public async Task A_text_key_may_become_longer_after_a_first_move()
    {
        await using SlotWorld world = await NewItemsAsync("id VARCHAR(5) CHARACTER SET latin1 NOT NULL, body VARCHAR(50), PRIMARY KEY (slot, id)");
        await world.ExecuteEverywhereAsync("ALTER TABLE items MODIFY id VARCHAR(50) CHARACTER SET utf8mb4 NOT NULL");
        await MoveAndWriteAsync(world, "slot", "INSERT INTO items VALUES (0, 'Берлин', 'new')");
        Assert.Equal(1, await world.CountAsync("b", "items", "id = 'Берлин'"));
    }

    // The empty text of number 0, which a server that is not strict makes of what an enum does not know, and which a strict one takes from nobody.
    [Fact]
    public async Task An_enum_with_a_value_that_it_does_not_know_arrives_or_is_refused_by_name()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, kind ENUM('x','y') NOT NULL, PRIMARY KEY (slot, id))");
        await using (DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken))
        {
            await SlotWorld.ExecuteAsync(connection, null, "SET SESSION sql_mode = ''");
            await SlotWorld.ExecuteAsync(connection, null, "INSERT INTO items VALUES (1, 1, 'y'), (1, 2, 'unknown')");
        }

        await world.AssertArriveOrRefusedAsync(world.CoordinatorOf("items"), Move, "SELECT id, kind + 0 FROM items ORDER BY id", "kind");
    }

    // Its history would stay at the source, and the target would begin one of its own.
    [Fact]
    public async Task A_table_with_system_versioning_is_refused()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, body VARCHAR(20), PRIMARY KEY (slot, id)) WITH SYSTEM VERSIONING");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 'first')");
        await world.ExecuteAsync("a", "UPDATE items SET body = 'second'");
        await world.AssertRefusedAsync(world.CoordinatorOf("items"), Move, "version");
    }

    [Fact]
    public async Task A_key_without_overlaps_moves_or_is_refused_by_name()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync($"CREATE TABLE prices ({Period}, PRIMARY KEY (slot, id, valid WITHOUT OVERLAPS))");
        await world.ExecuteAsync("a", "INSERT INTO prices VALUES (1, 1, '2020-01-01', '2021-01-01'), (1, 1, '2021-01-01', '2022-01-01'), (2, 1, '2020-01-01', '2021-01-01')");
        await world.AssertArriveOrRefusedAsync(world.CoordinatorOf("prices"), Move, "SELECT slot, id, since, until FROM prices ORDER BY slot, since", "overlaps");
    }

    [Fact]
    public async Task What_changes_a_part_of_a_period_is_noted()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync($"CREATE TABLE prices ({Period}, price INT, PRIMARY KEY (slot, id, since))");
        await world.ExecuteAsync("a", "INSERT INTO prices VALUES (1, 1, '2020-01-01', '2021-01-01', 5), (1, 2, '2020-01-01', '2021-01-01', 6), (1, 3, '2020-01-01', '2021-01-01', 7)");
        bool isWritten = false;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && !isWritten)
            {
                isWritten = true;
                world.ExecuteAsync("a", "UPDATE prices FOR PORTION OF valid FROM '2020-03-01' TO '2020-04-01' SET price = 9 WHERE id = 1").GetAwaiter().GetResult();
                world.ExecuteAsync("a", "DELETE FROM prices FOR PORTION OF valid FROM '2020-05-01' TO '2020-06-01' WHERE id = 2").GetAwaiter().GetResult();
            }
        });
        const string Rows = "SELECT id, since, until, price FROM prices ORDER BY id, since";
        List<string> rows = [];
        world.Migrations = new HookedMigrationStore(world.Migrations, async state => rows = state == SlotMigrationState.Published ? await world.QueryAsync("a", Rows) : rows);
        await world.CoordinatorOf("prices").RunAsync(Move, writer, TestToken);
        Assert.Equal(6, rows.Count);
        Assert.Equal(rows, await world.QueryAsync("b", Rows));
    }

    [Fact]
    public async Task Numbers_that_the_server_gives_go_on_above_those_that_came()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id BIGINT NOT NULL AUTO_INCREMENT, body VARCHAR(20), PRIMARY KEY (slot, id), KEY (id))");
        await world.ExecuteAsync("b", "INSERT INTO items (slot, body) VALUES (5, 'of b')");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1000, 'of a'), (1, -5, 'below'), (2, 1, 'of a')");
        await world.ExecuteAsync("a", "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; INSERT INTO items VALUES (2, 0, 'zero')");
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        await world.ExecuteAsync("b", "INSERT INTO items (slot, body) VALUES (1, 'next'), (2, 'next')");
        Assert.Equal(["-5|1", "0|2", "1|2", "1|5", "1000|1", "1001|1", "1002|2"], await world.QueryAsync("b", "SELECT id, slot FROM items ORDER BY id, slot"));
    }

    // Two tables on Linux, whose catalogue compares names without case.
    [Fact]
    public async Task A_table_whose_name_differs_by_case_alone_is_another()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await world.ExecuteEverywhereAsync("CREATE TABLE Orders (id INT NOT NULL PRIMARY KEY, secret INT UNIQUE, slot INT)");
        await world.ExecuteAsync("a", "CREATE TRIGGER Orders_slot_i AFTER INSERT ON Orders FOR EACH ROW DO 0");
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((3, 6), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "order_lines")));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    protected override string OwnTrigger(string name, string change, string statement, bool isForMovedRows) => isForMovedRows
        ? $"CREATE TRIGGER {name} AFTER {change} ON orders FOR EACH ROW {statement}"
        : $"CREATE TRIGGER {name} AFTER {change} ON orders FOR EACH ROW BEGIN IF NOT EXISTS (SELECT 1 FROM slot_fences_moves WHERE mover = 1) THEN {statement}; END IF; END";
}
