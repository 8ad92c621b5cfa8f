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
        ("SELECT, REFERENCES", "*"),
        ("INSERT, UPDATE, DELETE, TRIGGER", "items"),
        ("INSERT, DELETE, CREATE, DROP", "items_slot_changes"),
        ("UPDATE", "slot_fences"),
        ("INSERT, UPDATE, DELETE", "slot_fences_moves"),
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
        foreach ((string privilege, string table) in Needed.SelectMany(each => each.Privileges.Split(", ").Select(privilege => (privilege, each.Table))).Where(each => each != ("SELECT", "*")))
        {
            TestDatabase database = await NewMoverAsync(world, "a");
            await world.ExecuteAsync("a", $"REVOKE {privilege} ON {table} FROM {User(database)}");
            await using DbDataSource lacking = database.Open();
            SqlSlotMover mover = Mover(world, id => id == "a" ? lacking : world.Sources[id]);
            SlotMoveFinding followed = Assert.Single(await FollowAsync(world, mover));
            string named = privilege switch { "TRIGGER" => "triggers", "REFERENCES" => "foreign key", _ => privilege };
            Assert.True(followed.Problem.Contains(named, StringComparison.Ordinal), $"{followed}");
            Assert.StartsWith("GRANT ", followed.Remedy, StringComparison.Ordinal);
        }
    }

    // What cannot even be read is a finding as well, and the other moves are looked at all the same.
    [Fact]
    public async Task A_read_that_is_refused_is_a_finding()
    {
        await using SlotWorld world = await NewItemsAsync();
        string name = Name(world.Databases["a"]);
        string[] tables = ["items", "items_slot_changes", "slot_fences_moves", "countries"];
        TestDatabase database = await Server.AsNewUserAsync(world.Databases["a"], [.. tables.Select(table => $"ALL ON {name}.{table}")]);
        await using DbDataSource lacking = database.Open();
        SlotMoveReport report = await Mover(world, id => id == "a" ? lacking : world.Sources[id]).CheckAsync([Move], TestToken);
        Assert.Contains(report.Findings, finding => finding.PreventsMove && finding.Problem.Contains("slot_fences", StringComparison.Ordinal));
        Remedies.AssertCanBeCopied(report.Findings);
    }

    // Without more than SELECT the catalogue has no foreign keys, so that a cascade would be missed, and rows of it come back.
    [Theory]
    [InlineData("SELECT")]
    [InlineData("SELECT, REFERENCES")]
    public async Task Keys_that_cannot_be_seen_keep_a_table_from_moving_as_well_as_those_that_can(string privileges)
    {
        await using SlotWorld world = await NewItemsAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE notes (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id), FOREIGN KEY (slot, id) REFERENCES items (slot, id) ON DELETE CASCADE)");
        string name = Name(world.Databases["a"]);
        string[] tables = ["items", "items_slot_changes", "slot_fences", "slot_fences_moves"];
        TestDatabase database = await Server.AsNewUserAsync(
            world.Databases["a"], [$"{privileges} ON {name}.*", .. tables.Select(table => $"ALL ON {name}.{table}")]);
        await using DbDataSource mover = database.Open();
        SlotMoveReport report = await Mover(world, id => id == "a" ? mover : world.Sources[id]).CheckAsync([Move], TestToken);
        Assert.Contains(report.Findings, finding => finding.PreventsMove && finding.ShardId == "a" && finding.Problem.Contains("foreign key", StringComparison.Ordinal));
        Remedies.AssertCanBeCopied(report.Findings);
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_is_found()
    {
        await using SlotWorld world = await NewItemsAsync();
        await using DbDataSource mover = (await NewMoverAsync(world, "a")).Open();
        await Server.ExecuteAsync(null, "SET GLOBAL read_only = 1");
        try
        {
            SlotMoveReport report = await Mover(world, id => id == "a" ? mover : world.Sources[id]).CheckAsync([Move], TestToken);
            Assert.Contains(report.Findings, finding => finding.ShardId == "a" && finding.Remedy == "SET GLOBAL read_only = 0");
        }
        finally
        {
            await Server.ExecuteAsync(null, "SET GLOBAL read_only = 0");
        }
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
