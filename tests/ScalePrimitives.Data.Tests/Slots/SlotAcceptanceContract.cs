using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using SlotMover;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>
/// Slots move from one server to the other and back while they are written and read; in every state the mover is killed, or a server is, and another coordinator goes on. Afterwards
/// every acknowledged write is there once, on the right shard, in both tables; no read went back in time, and no query of all shards counted a row twice.
/// </summary>
/// <remarks>
/// The long form: <c>SCALEPRIMITIVES_SLOT_MOVES=200 tests/ScalePrimitives.Data.Tests/bin/Debug/net10.0/ScalePrimitives.Data.Tests -class "*SlotAcceptanceTests"</c>.
/// </remarks>
public abstract class SlotAcceptanceContract
{
    private static readonly string[] Places =
    [
        "enter:Preparing", "statement:SET move_id", "leave:Preparing", "enter:Copying", "statement:ORDER BY", "leave:Copying", "enter:CatchingUp", "leave:CatchingUp", "enter:Verifying", "leave:Verifying",
        "enter:Frozen", "statement:SET state = 2", "statement:SET state = 6", "statement:SET state = 3", "leave:Frozen", "enter:Moved", "leave:Moved", "enter:Published", "statement:peer = NULL", "leave:Published",
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract Task<(TestDatabase A, TestDatabase B)> NewShardsAsync();

    /// <summary>Gets how many rounds there are to one in which a server is killed besides the mover; null when there is no server.</summary>
    protected abstract int? RoundsPerCrash { get; }

    /// <summary>Kills a shard's server with -9 and starts it again.</summary>
    protected abstract Task CrashAsync(string shard);

    [Fact]
    public async Task Nothing_is_lost_or_doubled_whoever_is_killed()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("SCALEPRIMITIVES_SLOT_MOVES") ?? $"{Places.Length}", CultureInfo.InvariantCulture);
        using var folder = new TemporaryFolder(inMemory: true);
        (TestDatabase a, TestDatabase b) = await NewShardsAsync();
        await using AcceptanceWorld world = await AcceptanceWorld.StartAsync(a, b, $"Data Source={Path.Combine(folder.Path, "catalogue.db")}");
        world.BeginLoad();
        for (int round = 0; round < rounds; round++)
        {
            long before = world.Writes;
            await RoundAsync(world, round, Places[round % Places.Length]);
            await world.RefreshAsync();
            while (world.Writes == before) // the writers come through whatever has happened
            {
                await Task.Delay(10, TestToken);
                await world.RefreshAsync();
            }
        }

        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        await world.CheckAsync();
        Assert.True(world.Scatters > 0);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    private async Task RoundAsync(AcceptanceWorld world, int round, string place)
    {
        ShardMap map = (await world.Maps.ReadAsync(cancellationToken: TestToken))!;
        string from = map.GetSlots("a").Length > map.GetSlots("b").Length ? "a" : "b";
        string to = from == "a" ? "b" : "a";
        int[] slots = [.. map.GetSlots(from).Where((_, i) => i % 3 != round % 3)];
        using Process mover = Command.Start(
            "dotnet", typeof(AcceptanceTables).Assembly.Location, world.Databases[0].Dialect.ToString(), world.Catalogue.ConnectionString, world.Databases[0].ConnectionString, world.Databases[1].ConnectionString, from, to, string.Join(',', slots), place);
        try
        {
            string? line = await mover.StandardOutput.ReadLineAsync(TestToken).AsTask().WaitAsync(Patience, TestToken);
            Assert.True(line == "stopped", $"The mover did not come to {place} but ended: {line} {(line is null ? await mover.StandardError.ReadToEndAsync(TestToken) : "")}");
            if (RoundsPerCrash is { } rounds && round % rounds == rounds - 1)
            {
                await CrashAsync(round / rounds % 2 == 0 ? from : to);
            }
        }
        finally
        {
            mover.Kill();
            await mover.WaitForExitAsync(TestToken);
        }

        SlotMigrationRecord left = Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken));
        bool cancels = round % 5 == 4 && left.State < SlotMigrationState.Frozen;
        SlotMigrationRecord done = cancels
            ? await world.Coordinator().CancelAsync(left.Id, cancellationToken: TestToken)
            : await world.Coordinator().ResumeAsync(left.Id, cancellationToken: TestToken);
        Assert.Equal(cancels ? SlotMigrationState.Cancelled : SlotMigrationState.Retired, done.State);
    }
}
