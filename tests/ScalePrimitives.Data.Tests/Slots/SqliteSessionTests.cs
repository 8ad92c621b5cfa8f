using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A mover's connections come from the application's pool, which gives them out again as they are.</summary>
[Collection(typeof(Alone))]
public sealed class SqliteSessionTests : SqliteSlotTests
{
    /// <summary>Nobody else runs: all tests of SQLite have one set of pools, which those that end clear.</summary>
    [CollectionDefinition(DisableParallelization = true)]
    public sealed class Alone;

    [Theory]
    [InlineData("PRAGMA foreign_keys", "ON", null)]
    [InlineData("PRAGMA foreign_keys", "OFF", null)]
    [InlineData("PRAGMA foreign_keys", "ON", SlotMigrationState.Copying)]
    [InlineData("PRAGMA foreign_keys", "ON", SlotMigrationState.Verifying)]
    [InlineData("PRAGMA synchronous", "NORMAL", null)]
    [InlineData("PRAGMA synchronous", "NORMAL", SlotMigrationState.Copying)]
    [InlineData("PRAGMA recursive_triggers", "ON", null)]
    [InlineData("PRAGMA defer_foreign_keys", "OFF", null)]
    [InlineData("PRAGMA busy_timeout", "1234", null)]
    public async Task A_connection_goes_back_to_its_pool_with_the_settings_that_it_had(string setting, string value, SlotMigrationState? failing)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 3);
        List<string> before = await SettingsAsync(world, setting, $"{setting} = {value}");
        var progress = new Inline(told =>
        {
            if (told.State == failing)
            {
                throw new NotSupportedException("Enough.");
            }
        });
        Exception? ended = await Record.ExceptionAsync(() => world.Coordinator().RunAsync(Move, progress, TestToken));
        Assert.True(failing is null ? ended is null : ended is NotSupportedException, ended?.ToString());
        Assert.Equal(before, await SettingsAsync(world, setting, setting));
    }

    // All that a pool may have: of each shard the connection that was used last, and one more.
    private static async Task<List<string>> SettingsAsync(SlotWorld world, string setting, string first)
    {
        var settings = new List<string>();
        foreach (string shard in world.Sources.Keys)
        {
            await using DbConnection one = await world.Sources[shard].OpenConnectionAsync(TestToken);
            await using DbConnection another = await world.Sources[shard].OpenConnectionAsync(TestToken);
            foreach (DbConnection connection in (DbConnection[])[one, another])
            {
                await SlotWorld.ExecuteAsync(connection, null, first);
                settings.AddRange(await OwnTables.QueryAsync(connection, setting));
            }
        }

        return settings;
    }
}
