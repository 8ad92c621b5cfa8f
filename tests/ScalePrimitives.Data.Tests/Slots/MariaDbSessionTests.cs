using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A mover's connections come from the application's pool, which gives them out again without resetting them where it is told so.</summary>
public sealed class MariaDbSessionTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    // All but what each statement changes.
    private const string Settings = """
        SELECT LOWER(VARIABLE_NAME), VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES
        WHERE VARIABLE_NAME NOT IN ('TIMESTAMP', 'LAST_INSERT_ID', 'IDENTITY', 'INSERT_ID', 'RAND_SEED1', 'RAND_SEED2', 'WARNING_COUNT', 'ERROR_COUNT', 'IN_TRANSACTION')
        ORDER BY VARIABLE_NAME
        """;

    public enum End
    {
        Done,
        Failed,
        Stopped,
    }

    [Theory]
    [InlineData(End.Done)]
    [InlineData(End.Failed)]
    [InlineData(End.Stopped)]
    public async Task A_connection_goes_back_to_its_pool_with_the_settings_that_it_had(End end)
    {
        await using SlotWorld world = await NewWorldAsync(";Connection Reset=false;Pooling=true");
        await world.FillAsync("a", 1, 3);
        Dictionary<string, List<string>> before = await SettingsAsync(
            world,
            "SET SESSION time_zone = '+02:00', innodb_lock_wait_timeout = 7, lock_wait_timeout = 77, foreign_key_checks = 1, sql_mode = 'PIPES_AS_CONCAT'");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
        var progress = new Inline(told =>
        {
            if (end == End.Failed && told.State == SlotMigrationState.Copying)
            {
                throw new NotSupportedException("Enough.");
            }

            if (end == End.Stopped && told.State == SlotMigrationState.Copying)
            {
                stop.Cancel();
            }
        });
        Exception? ended = await Record.ExceptionAsync(() => world.Coordinator().RunAsync(Move, progress, stop.Token));
        Assert.Equal(end, ended switch { null => End.Done, NotSupportedException => End.Failed, OperationCanceledException => End.Stopped, _ => throw ended });
        Dictionary<string, List<string>> after = await SettingsAsync(world, "DO 0");
        Assert.All(before.Keys, shard => Assert.Equal([], after[shard].Except(before[shard])));
    }

    [Fact]
    public async Task Foreign_keys_are_checked_after_a_move()
    {
        await using SlotWorld world = await NewWorldAsync(";Connection Reset=false");
        await world.FillAsync("a", 1, 3);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO order_lines VALUES (3, 99, 1, 'of no order')"));
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("b", "INSERT INTO order_lines VALUES (1, 99, 1, 'of no order')"));
    }

    // The number of the connection is one of the settings (pseudo_thread_id), so that it must be the same one.
    private static async Task<Dictionary<string, List<string>>> SettingsAsync(SlotWorld world, string first)
    {
        var settings = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (string shard in world.Sources.Keys)
        {
            await using DbConnection connection = await world.Sources[shard].OpenConnectionAsync(TestToken);
            await SlotWorld.ExecuteAsync(connection, null, first);
            settings[shard] = await OwnTables.QueryAsync(connection, Settings);
        }

        return settings;
    }
}
