using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A trigger of MariaDB runs with the rights of the user who made it, or of another who is named, and not at all once that one is dropped.</summary>
public sealed class MariaDbTriggerDefinerTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    [Fact]
    public async Task Triggers_of_a_user_who_is_named_outlive_the_one_who_moved()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        await Server.ExecuteAsync(null, "CREATE USER 'keeper'@'localhost'", "GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER ON *.* TO 'keeper'@'localhost'");
        world.Options = new SqlSlotMoverOptions { BatchRows = 7, TriggerDefiner = "keeper@localhost" };
        await WithLeaverAsync(world, sources => world.Coordinator(sources).RunAsync(Move, cancellationToken: TestToken));
        foreach (string shard in world.Sources.Keys)
        {
            Assert.Equal(["keeper@localhost"], await world.QueryAsync(shard, "SELECT DISTINCT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"));
        }

        await world.WriteAsync("b", 1, 2, "UPDATE orders SET version = 2 WHERE slot = 1");
        await world.WriteAsync("a", 3, 1, "INSERT INTO orders VALUES (3, 1, 1, NULL)");
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO orders VALUES (1, 9, 1, NULL)"));
        await Server.ExecuteAsync(null, "DROP USER 'keeper'@'localhost'");
    }

    [Fact]
    public async Task Triggers_of_a_user_who_was_dropped_are_mended_by_installing_them_again()
    {
        await using SlotWorld world = await NewWorldAsync();
        await WithLeaverAsync(world, sources => world.Coordinator(sources).RunAsync(Move, cancellationToken: TestToken));
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO orders VALUES (3, 1, 1, NULL)"));
        foreach (string shard in world.Sources.Keys)
        {
            await world.Mover().InstallAsync(shard, TestToken);
        }

        await world.ExecuteAsync("a", "INSERT INTO orders VALUES (3, 1, 1, NULL)");
        await world.ExecuteAsync("b", "INSERT INTO orders VALUES (1, 1, 1, NULL)");
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO orders VALUES (1, 9, 1, NULL)"));
    }

    [Fact]
    public async Task Triggers_of_a_user_who_was_dropped_are_mended_by_the_next_move()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 0, 3);
        await WithLeaverAsync(world, sources => world.Coordinator(sources).RunAsync(Move, cancellationToken: TestToken));
        await world.Coordinator().RunAsync(new SlotMove([0], "a", "b"), cancellationToken: TestToken);
        await world.WriteAsync("b", 0, 2, "UPDATE orders SET version = 2 WHERE slot = 0 AND id = 1");
        await world.ExecuteAsync("a", "INSERT INTO orders VALUES (3, 9, 1, NULL)");
        Assert.Equal(3, await world.CountAsync("b", "orders"));
    }

    // Does something as a user who is dropped afterwards.
    private async Task WithLeaverAsync(SlotWorld world, Func<Func<string, DbDataSource>, Task> work)
    {
        await Server.ExecuteAsync(null, "CREATE USER leaver", "GRANT ALL ON *.* TO leaver");
        Dictionary<string, DbDataSource> sources = world.Databases.ToDictionary(
            each => each.Key,
            each => (each.Value with { ConnectionString = each.Value.ConnectionString.Replace("User ID=root", "User ID=leaver", StringComparison.Ordinal) }).Open(),
            StringComparer.Ordinal);
        await work(id => sources[id]);
        foreach (DbDataSource source in sources.Values)
        {
            await source.DisposeAsync();
        }

        await Server.ExecuteAsync(null, "DROP USER leaver");
    }
}
