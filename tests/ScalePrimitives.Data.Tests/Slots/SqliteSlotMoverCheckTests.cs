using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotMoverCheckTests : SlotMoverCheckContract, IDisposable
{
    private readonly SqliteFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task What_Sqlite_alone_has_is_found_before_anything_is_written()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE outbox (what TEXT, id INTEGER)");
        await world.ExecuteAsync("a", "CREATE TABLE names (slot INT NOT NULL, title TEXT NOT NULL, PRIMARY KEY (slot, title))");
        await world.ExecuteAsync("b", "CREATE TABLE names (slot INT NOT NULL, title TEXT COLLATE NOCASE NOT NULL, PRIMARY KEY (slot, title))");
        await world.ExecuteAsync("b", "CREATE TRIGGER orders_placed AFTER INSERT ON orders BEGIN INSERT INTO outbox VALUES ('placed', NEW.id); END");
        string[] tables = ["orders", "order_lines", "names"];
        SlotMoveReport report = await new SqlSlotMover(world.Fence, tables.Select(table => new SlotTable(table)), id => world.Sources[id]).CheckAsync([Move], TestToken);
        SlotMoveFinding[] obstacles = [.. report.Findings.Where(finding => finding.PreventsMove)];
        Assert.Equal(["names", "orders"], obstacles.Select(finding => finding.Table).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(obstacles, finding => finding is { Table: "orders", ShardId: "b" } && finding.Problem.Contains("orders_placed", StringComparison.Ordinal) && finding.Remedy.Contains("slot_fences_moves", StringComparison.Ordinal));
        Assert.Contains(obstacles, finding => finding.Table == "names" && finding.Problem.Contains("title", StringComparison.Ordinal));
        Assert.Equal(0, await world.CountAsync("a", "sqlite_master", "name GLOB 'orders_slot_*' OR name GLOB 'names_slot_*'"));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => Task.FromResult(_files.NewDatabase());
}
