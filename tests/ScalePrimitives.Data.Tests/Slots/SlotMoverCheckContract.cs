using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Moves are looked at before anything is written: what is in their way is told of all at once, and nothing is left behind.</summary>
public abstract class SlotMoverCheckContract : SlotContract
{
    [Fact]
    public async Task A_check_of_what_can_move_finds_nothing_and_leaves_nothing()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        foreach (SlotMoveReport report in (SlotMoveReport[])[await world.Mover().CheckAsync([Move], TestToken), await world.Coordinator().CheckAsync([Move, new SlotMove([5], "b", "a")], TestToken)])
        {
            Assert.True(report.IsClean, string.Join(Environment.NewLine, report.Findings));
            Assert.True(report.Rows >= 0 && report.Bytes >= 0 && report.Duration >= TimeSpan.Zero, $"{report}");
        }

        await AssertNothingHappenedAsync(world);
    }

    [Fact]
    public async Task Everything_that_is_in_the_way_is_told_at_once()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE keyless (slot INT NOT NULL, id INT)", "CREATE TABLE slotless (slot INT NOT NULL, id INT NOT NULL PRIMARY KEY)");
        await world.ExecuteAsync("a", "CREATE TABLE halves (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("b", "ALTER TABLE orders ADD COLUMN extra INT");
        string[] tables = ["orders", "order_lines", "keyless", "slotless", "halves"];
        var mover = new SqlSlotMover(world.Fence, tables.Select(table => new SlotTable(table)), id => world.Sources[id]);
        SlotMoveReport report = await mover.CheckAsync([Move], TestToken);
        Assert.False(report.IsClean);
        Assert.Equal(["halves", "keyless", "orders", "slotless"], report.Findings.Where(finding => finding.PreventsMove).Select(finding => finding.Table).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(report.Findings, finding => finding is { Table: "halves", ShardId: "b" });
        Assert.All(report.Findings, finding => Assert.True(finding.Problem.Length > 0 && finding.Remedy.Length > 0, $"{finding}"));
        Remedies.AssertCanBeCopied(report.Findings);

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.CoordinatorOf(tables).RunAsync(Move, cancellationToken: TestToken));
        Assert.All((string[])["halves", "keyless", "orders", "slotless"], table => Assert.Contains(table, refused.Message, StringComparison.Ordinal));
        await AssertNothingHappenedAsync(world);
    }

    [Fact]
    public async Task Slots_that_move_already_are_found()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        SlotMigrationRecord stopped = await StopAtAsync(world, SlotMigrationState.Copying);
        Assert.False((await world.Mover().CheckAsync([new SlotMove([2, 3], "a", "b")], TestToken)).IsClean);
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().CheckAsync([new SlotMove([2, 3], "a", "b")], TestToken)); // the map says so already
        Assert.True((await world.Coordinator().CheckAsync([new SlotMove([3], "a", "b")], TestToken)).IsClean);
        await world.Coordinator().CancelAsync(stopped.Id, cancellationToken: TestToken);
        Assert.True((await world.Coordinator().CheckAsync([new SlotMove([2, 3], "a", "b")], TestToken)).IsClean);
    }

    [Fact]
    public async Task A_slot_that_is_in_two_moves_is_found()
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        SlotMoveReport report = await world.Coordinator().CheckAsync([Move, new SlotMove([2, 3], "a", "c")], TestToken);
        SlotMoveFinding finding = Assert.Single(report.Findings, static finding => finding.PreventsMove);
        Assert.Contains("slot 2 is in two", finding.Problem, StringComparison.Ordinal);
        Assert.True((await world.Coordinator().CheckAsync([new SlotMove([1], "a", "b"), new SlotMove([2, 3], "a", "c")], TestToken)).IsClean);
        await AssertNothingHappenedAsync(world);
    }

    [Fact]
    public async Task A_shard_without_fences_is_found()
    {
        await using SlotWorld world = await NewWorldAsync(SlotWorld.Slots, shards: 3);
        await world.ExecuteAsync("c", "DROP TABLE slot_fences");
        SlotMoveReport report = await world.Mover().CheckAsync([new SlotMove([1], "a", "c"), new SlotMove([2], "a", "b")], TestToken);
        Assert.Equal(["c"], report.Findings.Where(finding => finding.PreventsMove).Select(finding => finding.ShardId).Distinct());
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Coordinator().RunAsync(new SlotMove([1], "a", "c"), cancellationToken: TestToken));
        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        Assert.Equal(SlotState.Stable, (await world.MapAsync()).GetState(1));
    }

    // Foreign keys are not checked while rows are copied, and what they lead to may go after it was looked for.
    [Fact]
    public async Task A_row_that_would_point_to_nothing_does_not_move_in_silence()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY)",
            "CREATE TABLE addresses (slot INT NOT NULL, id INT NOT NULL, country CHAR(2) NOT NULL, PRIMARY KEY (slot, id), FOREIGN KEY (country) REFERENCES countries (code))",
            "INSERT INTO countries VALUES ('de'), ('fr')");
        await world.ExecuteAsync("a", "INSERT INTO addresses VALUES (1, 1, 'de'), (1, 2, 'fr')");
        var gone = new Once(() => world.ExecuteAsync("b", "DELETE FROM countries WHERE code = 'fr'"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Copying ? gone.RunAsync() : Task.CompletedTask);
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => world.CoordinatorOf("addresses").RunAsync(Move, cancellationToken: TestToken));
        Assert.True(refused is InvalidOperationException or DbException, $"{refused}");
        Assert.Contains("addresses", refused.Message, StringComparison.Ordinal);
        Assert.Equal(("a", 2), ((await world.MapAsync()).GetShardId(1), await world.CountAsync("a", "addresses")));
        foreach (SlotMigrationRecord unfinished in await world.Migrations.ListUnfinishedAsync(TestToken))
        {
            await world.CoordinatorOf("addresses").CancelAsync(unfinished.Id, cancellationToken: TestToken);
        }

        await world.ExecuteAsync("b", "INSERT INTO countries VALUES ('fr')");
        await world.CoordinatorOf("addresses").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(2, await world.CountAsync("b", "addresses"));
    }

    [Fact]
    public async Task A_row_that_would_point_to_nothing_is_found_before_anything_is_written()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE regions (country CHAR(2) NOT NULL, id INT NOT NULL, PRIMARY KEY (country, id))",
            "CREATE TABLE addresses (slot INT NOT NULL, id INT NOT NULL, region INT, country CHAR(2), PRIMARY KEY (slot, id), FOREIGN KEY (country, region) REFERENCES regions (country, id))",
            "INSERT INTO regions VALUES ('de', 1), ('de', 2)");
        await world.ExecuteAsync("a", "INSERT INTO regions VALUES ('fr', 1), ('it', 1)");
        await world.ExecuteAsync("a", "INSERT INTO addresses VALUES (1, 1, 1, 'de'), (1, 2, 2, 'de'), (1, 3, 1, 'de'), (1, 4, NULL, 'xx'), (3, 1, 1, 'it')");
        var mover = new SqlSlotMover(world.Fence, [new SlotTable("addresses")], id => world.Sources[id]);
        Assert.True((await mover.CheckAsync([Move], TestToken)).IsClean); // neither what leads nowhere anyway, nor what stays
        await world.ExecuteAsync("a", "INSERT INTO addresses VALUES (2, 1, 1, 'fr')");
        SlotMoveReport report = await mover.CheckAsync([Move], TestToken);
        SlotMoveFinding found = Assert.Single(report.Findings);
        Assert.True(found is { ShardId: "b", Table: "addresses", PreventsMove: true } && found.Remedy.Contains("regions", StringComparison.Ordinal), $"{found}");
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.CoordinatorOf("addresses").RunAsync(Move, cancellationToken: TestToken));
        await AssertNothingHappenedAsync(world);
        await world.ExecuteAsync("b", "INSERT INTO regions VALUES ('fr', 1)");
        await world.CoordinatorOf("addresses").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(5, await world.CountAsync("b", "addresses"));
    }

    [Theory]
    [InlineData("amount INT NOT NULL, kind VARCHAR(10)", "amount")]
    [InlineData("amount INT, kind VARCHAR(10), CHECK (amount > 0)", "CHECK")]
    [InlineData("amount INT, kind VARCHAR(10) CHECK (kind IN ('x', 'y)'))", "CHECK")]
    public async Task What_only_the_target_demands_of_a_row_is_found(string columns, string named)
    {
        const string Key = "slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id)";
        (string head, string tail) = columns.IndexOf(", CHECK", StringComparison.Ordinal) is >= 0 and int at ? (columns[..at], columns[at..]) : (columns, "");
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", $"CREATE TABLE items ({head.Replace(" NOT NULL", "", StringComparison.Ordinal).Split(" CHECK")[0]}, {Key})");
        await world.ExecuteAsync("b", $"CREATE TABLE items ({head}, {Key}{tail})");
        await world.ExecuteAsync("a", "INSERT INTO items (slot, id) VALUES (1, 1)");
        var mover = new SqlSlotMover(world.Fence, [new SlotTable("items")], id => world.Sources[id]);
        SlotMoveFinding found = Assert.Single((await mover.CheckAsync([Move], TestToken)).Findings);
        Assert.True(found is { ShardId: "b", Table: "items", PreventsMove: true } && found.Problem.Contains(named, StringComparison.Ordinal), $"{found}");
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken));
        await AssertNothingHappenedAsync(world);

        // Less may be demanded there, and the same.
        Assert.True((await mover.CheckAsync([new SlotMove([5], "b", "a")], TestToken)).IsClean);
        await world.ExecuteAsync("a", "DROP TABLE items");
        await world.ExecuteAsync("a", $"CREATE TABLE items ({head}, {Key}{tail})");
        Assert.True((await mover.CheckAsync([Move], TestToken)).IsClean);
    }

    // They may be of before there were fences.
    [Fact]
    public async Task Rows_that_a_move_would_delete_at_the_target_are_found()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))");
        await world.ExecuteAsync("b", "INSERT INTO items VALUES (1, 7)");
        SlotMoveReport report = await new SqlSlotMover(world.Fence, [new SlotTable("items")], id => world.Sources[id]).CheckAsync([Move], TestToken);
        SlotMoveFinding found = Assert.Single(report.Findings);
        Assert.True(found is { ShardId: "b", Table: "items", PreventsMove: false } && report.IsClean, $"{found}");
        Assert.Contains("will delete", found.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_table_that_is_not_there_it_is_said_so()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteAsync("a", "CREATE TABLE items (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id))");
        SlotMoveReport report = await new SqlSlotMover(world.Fence, [new SlotTable("items")], id => world.Sources[id]).CheckAsync([Move], TestToken);
        SlotMoveFinding found = Assert.Single(report.Findings);
        Assert.Equal(("b", "items"), (found.ShardId, found.Table));
        Assert.Contains("no such table", found.Problem, StringComparison.Ordinal);
        Assert.Contains("create it", found.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("primary key", found.Remedy, StringComparison.Ordinal);
    }

    // No log, no triggers, no record, and no mark in the map.
    private static async Task AssertNothingHappenedAsync(SlotWorld world)
    {
        foreach (string shard in world.Sources.Keys)
        {
            await Assert.ThrowsAnyAsync<DbException>(() => world.CountAsync(shard, "orders_slot_changes"));
            Assert.Equal(0, await world.CountAsync(shard, "slot_fences_moves"));
            Assert.Equal(0, await world.CountAsync(shard, "slot_fences", "move_id IS NOT NULL OR state NOT IN (0, 4)"));
        }

        await world.ExecuteAsync("b", "INSERT INTO orders (slot, id, version) VALUES (1, 999, 1)"); // nobody refuses it yet
        await world.ExecuteAsync("b", "DELETE FROM orders WHERE id = 999");
        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        Assert.Equal(SlotState.Stable, (await world.MapAsync()).GetState(1));
    }
}
