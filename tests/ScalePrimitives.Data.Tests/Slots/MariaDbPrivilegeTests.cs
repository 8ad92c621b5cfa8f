using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A check names each privilege that the mover lacks, and the statement that grants it, which does.</summary>
public sealed class MariaDbPrivilegeTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    // As docs/operations.md has them.
    private static readonly (string Privileges, string Table)[] Needed =
    [
        ("SELECT, INSERT, UPDATE, DELETE, TRIGGER", "items"),
        ("SELECT, INSERT, DELETE, CREATE, DROP", "items_slot_changes"),
        ("SELECT, UPDATE", "slot_fences"),
        ("SELECT, INSERT, UPDATE, DELETE", "slot_fences_moves"),
        ("SELECT", "countries"),
    ];

    [Fact]
    public async Task The_documented_privileges_are_enough()
    {
        await using SlotWorld world = await NewItemsAsync();
        var movers = new Dictionary<string, DbDataSource>(StringComparer.Ordinal);
        foreach (string shard in world.Sources.Keys)
        {
            movers[shard] = (await NewMoverAsync(world, shard)).Open();
        }

        await world.Coordinator(Mover(world, id => movers[id])).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((0, 2), (await world.CountAsync("a", "items"), await world.CountAsync("b", "items")));
        foreach (DbDataSource mover in movers.Values)
        {
            await mover.DisposeAsync();
        }
    }

    [Fact]
    public async Task Each_privilege_that_is_missing_is_named_with_the_grant_that_cures_it()
    {
        await using SlotWorld world = await NewItemsAsync();
        foreach ((string privilege, string table) in Needed.SelectMany(each => each.Privileges.Split(", ").Select(privilege => (privilege, each.Table))).Where(each => each != ("SELECT", "slot_fences")))
        {
            TestDatabase database = await NewMoverAsync(world, "a");
            await world.ExecuteAsync("a", $"REVOKE {privilege} ON {table} FROM {User(database)}");
            await using DbDataSource lacking = database.Open();
            SqlSlotMover mover = Mover(world, id => id == "a" ? lacking : world.Sources[id]);
            SlotMoveFinding followed = Assert.Single(await FollowAsync(world, mover));
            Assert.True(followed.Problem.Contains(privilege == "TRIGGER" ? "triggers" : privilege, StringComparison.Ordinal), $"{followed}");
            Assert.StartsWith("GRANT ", followed.Remedy, StringComparison.Ordinal);
        }
    }

    // What cannot even be read is a finding as well, and the other moves are looked at all the same.
    [Fact]
    public async Task A_read_that_is_refused_is_a_finding()
    {
        await using SlotWorld world = await NewItemsAsync();
        TestDatabase database = await NewMoverAsync(world, "a");
        await world.ExecuteAsync("a", $"REVOKE SELECT ON slot_fences FROM {User(database)}");
        await using DbDataSource lacking = database.Open();
        SlotMoveReport report = await Mover(world, id => id == "a" ? lacking : world.Sources[id]).CheckAsync([Move], TestToken);
        SlotMoveFinding refused = Assert.Single(report.Findings, finding => finding.PreventsMove);
        Assert.Contains("slot_fences", refused.Problem, StringComparison.Ordinal);
        Remedies.AssertCanBeCopied(report.Findings);
    }

    // In grants names of databases are patterns.
    [Theory]
    [InlineData("`{0}`.*", true)]
    [InlineData("`tes_%`.*", true)]
    [InlineData("`tes\\_%`.*", false)]
    [InlineData("*.*", true)]
    public async Task Privileges_of_the_database_are_seen(string on, bool isOnIt)
    {
        await using SlotWorld world = await NewItemsAsync();
        string name = Name(world.Databases["a"]);
        TestDatabase database = await Server.AsNewUserAsync(world.Databases["a"], $"SELECT, INSERT, UPDATE, DELETE ON {name}.*", $"ALL ON {string.Format(System.Globalization.CultureInfo.InvariantCulture, on, name)}");
        await using DbDataSource granted = database.Open();
        SlotMoveReport report = await Mover(world, id => id == "a" ? granted : world.Sources[id]).CheckAsync([Move], TestToken);
        Assert.True(isOnIt == report.IsClean, string.Join(Environment.NewLine, report.Findings));
    }

    private static SqlSlotMover Mover(SlotWorld world, Func<string, DbDataSource> sources) => new(world.Fence, [new SlotTable("items")], sources, world.Options);

    private async Task<SlotWorld> NewItemsAsync()
    {
        SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY)",
            "INSERT INTO countries VALUES ('de')",
            "CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, country CHAR(2) NOT NULL, PRIMARY KEY (slot, id), FOREIGN KEY (country) REFERENCES countries (code))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 1, 'de'), (1, 2, 'de')");
        return world;
    }

    private Task<TestDatabase> NewMoverAsync(SlotWorld world, string shard) =>
        Server.AsNewUserAsync(world.Databases[shard], [.. Needed.Select(each => $"{each.Privileges} ON {Name(world.Databases[shard])}.{each.Table}")]);

    private static string Name(TestDatabase database) => (string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["Database"];

    private static string User(TestDatabase database) => (string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["User ID"];
}
