using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotMoverCheckTests(MariaDbServer server) : SlotMoverCheckContract
{
    [Fact]
    public async Task What_MariaDb_alone_has_is_found_before_anything_is_written()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE outbox (what VARCHAR(20), id BIGINT)",
            "CREATE TABLE versions (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id)) WITH SYSTEM VERSIONING",
            "CREATE TABLE kinds (slot INT NOT NULL, id INT NOT NULL, kind ENUM('x','y') NOT NULL, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("a", "CREATE TABLE names (slot INT NOT NULL, title VARCHAR(50) COLLATE utf8mb4_bin NOT NULL, PRIMARY KEY (slot, title)) CHARACTER SET utf8mb4");
        await world.ExecuteAsync("b", "CREATE TABLE names (slot INT NOT NULL, title VARCHAR(50) COLLATE utf8mb4_general_ci NOT NULL, PRIMARY KEY (slot, title)) CHARACTER SET utf8mb4");
        await world.ExecuteAsync("b", "CREATE TRIGGER orders_placed AFTER INSERT ON orders FOR EACH ROW INSERT INTO outbox VALUES ('placed', NEW.id)");
        string[] tables = ["orders", "order_lines", "versions", "kinds", "names"];
        SlotMoveReport report = await new SqlSlotMover(world.Fence, tables.Select(table => new SlotTable(table)), id => world.Sources[id]).CheckAsync([Move], TestToken);
        SlotMoveFinding[] obstacles = [.. report.Findings.Where(finding => finding.PreventsMove)];
        Assert.Equal(["names", "orders", "versions"], obstacles.Select(finding => finding.Table).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(obstacles, finding => finding is { Table: "orders", ShardId: "b" } && finding.Problem.Contains("orders_placed", StringComparison.Ordinal) && finding.Remedy.Contains("slot_fences_moves", StringComparison.Ordinal));
        Assert.Contains(obstacles, finding => finding.Table == "names" && finding.Problem.Contains("title", StringComparison.Ordinal));
        Assert.Equal(0, await world.CountAsync("a", "information_schema.TABLES", "TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE '%\\_slot\\_changes'"));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
