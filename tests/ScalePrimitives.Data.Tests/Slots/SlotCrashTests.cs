using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A migration that is ended before any of its statements, and goes on elsewhere, loses nothing, doubles nothing and leaves nothing.</summary>
public sealed class SlotCrashTests : IDisposable
{
    private static readonly SlotMove Move = new([1, 2], "a", "b");

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _databases;

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ended_before_any_statement_it_is_resumed(bool cancels)
    {
        int crashes = 0;
        for (int statement = 1; await CrashAtAsync(statement, cancels); statement++)
        {
            crashes++;
        }

        Assert.True(crashes > 150, $"only {crashes} statements");
    }

    // False when the migration was done before so many statements.
    private async Task<bool> CrashAtAsync(int statement, bool cancels)
    {
        await using SlotWorld world = await SlotWorld.CreateAsync(NewDatabase(), NewDatabase());
        await world.FillAsync("a", 1, 3);
        await world.FillAsync("a", 2, 3);
        await world.FillAsync("a", 3, 1);
        int seen = 0;
        Task BeforeAsync(string text) => ++seen >= statement ? throw new CrashException() : Task.CompletedTask;
        Dictionary<string, DbDataSource> failing = world.Sources.ToDictionary(each => each.Key, each => (DbDataSource)new HookedDataSource(each.Value, BeforeAsync), StringComparer.Ordinal);
        int writes = 0;
        var writer = new SlotContract.Inline(progress =>
        {
            if (progress.State < SlotMigrationState.Frozen && writes < 3)
            {
                writes++;
                WriteAsync(world, writes).GetAwaiter().GetResult();
            }
        });
        try
        {
            await world.Coordinator(id => failing[id]).RunAsync(Move, writer, TestToken);
            return false;
        }
        catch (Exception exception) when (exception is CrashException || exception.Message.Contains(nameof(CrashException), StringComparison.Ordinal))
        {
            // Of one that happens while the move is checked the report tells.
        }

        if ((await world.Migrations.ListUnfinishedAsync(TestToken)).SingleOrDefault() is not { } crashed)
        {
            Assert.Equal(0, await world.CountAsync("a", "slot_fences", "move_id IS NOT NULL")); // while it was checked
            return true;
        }

        bool mayCancel = cancels && await world.CountAsync("a", "slot_fences", "state = 3") == 0 && !crashed.HasMoved;
        SlotMigrationRecord done = mayCancel
            ? await world.Coordinator().CancelAsync(crashed.Id, cancellationToken: TestToken)
            : await world.Coordinator().ResumeAsync(crashed.Id, writer, TestToken);
        Assert.Equal(mayCancel ? SlotMigrationState.Cancelled : SlotMigrationState.Retired, done.State);
        string home = mayCancel ? "a" : "b";
        string other = mayCancel ? "b" : "a";
        Assert.Equal((6 + writes, 12), (await world.CountAsync(home, "orders", "slot IN (1, 2)"), await world.CountAsync(home, "order_lines", "slot IN (1, 2)")));
        Assert.Equal(writes, await world.CountAsync(home, "orders", "version > 1"));
        Assert.Equal((0, 0), (await world.CountAsync(other, "orders", "slot IN (1, 2)"), await world.CountAsync(other, "order_lines", "slot IN (1, 2)")));
        ShardMap map = await world.MapAsync();
        Assert.Equal((home, SlotState.Stable), (map.GetShardId(1), map.GetState(1)));
        await world.WriteAsync(home, 1, map.GetEpoch(1), "UPDATE orders SET version = 9 WHERE slot = 1 AND id = 1");
        foreach (string shard in (string[])["a", "b"])
        {
            Assert.Equal(0, await world.CountAsync(shard, "slot_fences_moves") + await world.CountAsync(shard, "slot_fences", "move_id IS NOT NULL OR state NOT IN (0, 4)"));
        }

        return true;
    }

    // One new order, and one that is written again.
    private static Task WriteAsync(SlotWorld world, int number) => world.WriteAsync("a", 1, 1, $"INSERT INTO orders VALUES (1, {100 + number}, 1, NULL)", $"UPDATE orders SET version = version + 1 WHERE slot = 1 AND id = {number}");

    private TestDatabase NewDatabase() => new(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, $"shard{_databases++}.db")}");

    private sealed class CrashException : Exception;
}
