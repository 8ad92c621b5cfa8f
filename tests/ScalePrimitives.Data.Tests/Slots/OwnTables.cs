using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Tables of a test's own in a <see cref="SlotWorld"/>, and moves of them.</summary>
internal static class OwnTables
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    /// <summary>Runs a statement with values <c>@p0</c>, <c>@p1</c> … on one shard.</summary>
    public static async Task ExecuteAsync(this SlotWorld world, string shard, string statement, params object[] values)
    {
        await using DbCommand command = world.Sources[shard].CreateCommand(statement);
        for (int i = 0; i < values.Length; i++)
        {
            DbParameter parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", values[i]);
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync(TestToken);
    }

    /// <summary>Reads the rows of a query as texts of their values, in the query's order.</summary>
    public static async Task<List<string>> QueryAsync(this SlotWorld world, string shard, string query)
    {
        await using DbConnection connection = await world.Sources[shard].OpenConnectionAsync(TestToken);
        return await QueryAsync(connection, query);
    }

    /// <inheritdoc cref="QueryAsync(SlotWorld, string, string)"/>
    public static async Task<List<string>> QueryAsync(DbConnection connection, string query)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = query;
        await using DbDataReader reader = await command.ExecuteReaderAsync(TestToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(TestToken))
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "NULL" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    /// <summary>Goes on with what is unfinished, or begins.</summary>
    public static async Task<SlotMigrationRecord> ResumeOrRunAsync(this SlotWorld world, SlotMigration coordinator, SlotMove move) =>
        await world.Migrations.ListUnfinishedAsync(TestToken) is [SlotMigrationRecord unfinished, ..]
            ? await coordinator.ResumeAsync(unfinished.Id, cancellationToken: TestToken)
            : await coordinator.RunAsync(move, cancellationToken: TestToken);

    /// <summary>Changes rows of moving slots at the target behind the mover's back.</summary>
    public static async Task SpoilAsync(this SlotWorld world, string shard, string statement)
    {
        await world.ExecuteAsync(shard, "UPDATE slot_fences_moves SET mover = 1");
        await world.ExecuteAsync(shard, statement);
        await world.ExecuteAsync(shard, "UPDATE slot_fences_moves SET mover = 0");
    }

    /// <summary>Checks that a move is refused for a reason, and that the source goes on as if nobody had asked, whatever is left to be cancelled.</summary>
    public static async Task AssertRefusedAsync(this SlotWorld world, SlotMigration coordinator, SlotMove move, string reason)
    {
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => coordinator.RunAsync(move, cancellationToken: TestToken));
        Assert.Contains(reason, refused.Message, StringComparison.OrdinalIgnoreCase);
        await world.AssertUntouchedAsync(coordinator, move);
    }

    /// <summary>Checks that rows arrive as they were, or that the move is refused for a reason, and then as <see cref="AssertRefusedAsync"/>.</summary>
    public static async Task AssertArriveOrRefusedAsync(this SlotWorld world, SlotMigration coordinator, SlotMove move, string query, string reason)
    {
        List<string> rows = await world.QueryAsync(move.From, query);
        Exception? ended = await Record.ExceptionAsync(() => coordinator.RunAsync(move, cancellationToken: TestToken));
        if (ended is null)
        {
            Assert.Equal(rows, await world.QueryAsync(move.To, query));
            Assert.Empty(await world.QueryAsync(move.From, query));
            return;
        }

        Assert.True(ended is InvalidOperationException && ended.Message.Contains(reason, StringComparison.OrdinalIgnoreCase), $"{ended}");
        await world.AssertUntouchedAsync(coordinator, move);
        Assert.Equal(rows, await world.QueryAsync(move.From, query));
        Assert.Empty(await world.QueryAsync(move.To, query));
    }

    /// <summary>Cancels what is left of a move, and checks that the source has its slots as before.</summary>
    public static async Task AssertUntouchedAsync(this SlotWorld world, SlotMigration coordinator, SlotMove move)
    {
        foreach (SlotMigrationRecord unfinished in await world.Migrations.ListUnfinishedAsync(TestToken))
        {
            await coordinator.CancelAsync(unfinished.Id, cancellationToken: TestToken);
        }

        ShardMap map = await world.MapAsync();
        Assert.All(move.Slots, slot => Assert.Equal((move.From, SlotState.Stable), (map.GetShardId(slot), map.GetState(slot))));
        foreach (int slot in move.Slots)
        {
            await world.WriteAsync(move.From, slot, map.GetEpoch(slot));
        }
    }
}
