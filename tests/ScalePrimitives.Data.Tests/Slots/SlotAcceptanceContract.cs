using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using SlotMover;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>
/// Slots move from one server to the other and back while they are written and read; in every state the mover is killed, or a server is under it, and another coordinator goes on, or undoes it, which
/// is killed as well. Afterwards every acknowledged write is there once, on the right shard, in both tables; no read went back in time, no query of all shards counted a row twice, and no slot let no
/// write through for longer than the limit of a freeze and the restart of the server that was killed.
/// </summary>
/// <remarks>
/// The long form, which prints how long slots refused writes:
/// <c>SCALEPRIMITIVES_SLOT_MOVES=200 tests/ScalePrimitives.Data.Tests/bin/Debug/net10.0/ScalePrimitives.Data.Tests -class "*SlotAcceptanceTests" -showLiveOutput</c>.
/// </remarks>
public abstract class SlotAcceptanceContract
{
    private const int WritesBetween = 50; // after one mover was killed, before the next comes: also to slots that the first has frozen
    private const string GivenAway = "leave:Frozen"; // from here on there is only forward

    // Where each mover is stopped, and whether it is a server that is killed there, in the first cycle; in the next it is the other way round.
    private static readonly (string Place, bool Crashes)[] Places =
    [
        ("nowhere", false),
        ("enter:Preparing", false),
        ("statement:SET move_id", true),
        ("leave:Preparing", false),
        ("enter:Copying", false),
        ("progress:Copying", true),
        ("leave:Copying", false),
        ("enter:CatchingUp", false),
        ("leave:CatchingUp", true),
        ("progress:Verifying", false),
        ("leave:Verifying", true),
        ("enter:Frozen", false),
        ("statement:SET state = 2", false),
        ("statement:SET state = 6", true),
        ("statement:SET state = 3", false),
        (GivenAway, false),
        ("enter:Moved", true),
        ("leave:Moved", false),
        ("progress:Published", false),
        ("statement:peer = NULL", true),
        ("leave:Published", false),
    ];

    private static readonly string[] PlacesOfCancelling = ["enter:Cancelling", "statement:DELETE FROM", "leave:Cancelling"];

    // What a busy machine adds to what is promised: a process that was killed keeps its connections until it has ended, and the threads of the load wait for their turn.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    /// <summary>Gets a value indicating whether shards are on servers, which can be killed.</summary>
    protected abstract bool HasServers { get; }

    protected abstract Task<(TestDatabase A, TestDatabase B)> NewShardsAsync();

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
            (int cycle, int place) = Math.DivRem(round, Places.Length);
            TimeSpan restart = await RoundAsync(world, cycle, place);
            await WaitForEverySlotAsync(world, before, AcceptanceTables.FreezeLimit + restart + Slack, Places[place].Place);
        }

        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        await world.CheckAsync();
        Assert.True(world.Scatters > 0);
        Report(world, rounds);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    // Returns how long a server was away.
    private async Task<TimeSpan> RoundAsync(AcceptanceWorld world, int cycle, int index)
    {
        ShardMap map = (await world.Maps.ReadAsync(cancellationToken: TestToken))!;
        string from = map.GetSlots("a").Length > map.GetSlots("b").Length ? "a" : "b";
        string to = from == "a" ? "b" : "a";
        int[] slots = [.. map.GetSlots(from).Where((_, i) => i % 3 != index % 3)];
        (string place, bool crashes) = Places[index];
        crashes = HasServers && (crashes ^ (cycle % 2 == 1)) && index > 0;
        TimeSpan restart = TimeSpan.Zero;
        await using (MoverProcess mover = MoverProcess.Start(world, place, "move", from, to, string.Join(',', slots)))
        {
            if (index == 0)
            {
                await mover.WaitForDoneAsync();
                return restart;
            }

            await mover.WaitForStopAsync();
            if (crashes)
            {
                restart = await CrashAsync(world, (index % 2 == 0) ^ (cycle / 2 % 2 == 0) ? from : to);
                await mover.ReleaseAsync();
            }
        }

        if (!crashes)
        {
            await world.WaitForWritesAsync(WritesBetween);
        }

        await GoOnAsync(world, cycle, index, crashes);
        return restart;
    }

    private async Task<TimeSpan> CrashAsync(AcceptanceWorld world, string shard)
    {
        world.HasCrashed = true;
        long killed = Stopwatch.GetTimestamp();
        await CrashAsync(shard);
        return Stopwatch.GetElapsedTime(killed);
    }

    // Another coordinator goes on, or undoes the move; in some rounds it is killed too, and a third finishes. After a server's crash the mover may have come through.
    private static async Task GoOnAsync(AcceptanceWorld world, int cycle, int index, bool crashed)
    {
        if ((await world.Migrations.ListUnfinishedAsync(TestToken)).SingleOrDefault() is not { } left)
        {
            Assert.True(crashed, "The mover has finished what it was killed in.");
            return;
        }

        int kind = crashed ? 0 : (index + cycle) % 5;
        bool cancels = kind == 4 && index < Array.FindIndex(Places, each => each.Place == GivenAway);
        if (cancels || kind == 2)
        {
            string place = cancels ? PlacesOfCancelling[(cycle + (index / 5)) % PlacesOfCancelling.Length] : "statement:attempt < @attempt"; // where it takes over
            await using MoverProcess second = MoverProcess.Start(world, place, cancels ? "cancel" : "resume", $"{left.Id}");
            await second.WaitForStopAsync();
        }

        SlotMigrationRecord done = await world.CoordinateAsync(third => cancels ? third.CancelAsync(left.Id, cancellationToken: TestToken) : third.ResumeAsync(left.Id, cancellationToken: TestToken));
        Assert.Equal(cancels ? SlotMigrationState.Cancelled : SlotMigrationState.Retired, done.State);
    }

    // Whatever has happened, the writers come through to every slot, in time.
    private static async Task WaitForEverySlotAsync(AcceptanceWorld world, long writes, TimeSpan limit, string place)
    {
        await world.RefreshAsync();
        while (world.Writes == writes || world.Waits.Refused.Count > 0)
        {
            Assert.All(world.Waits.Refused, each => Assert.True(each.Since < limit, $"After {place} slot {each.Slot} has refused writes for {each.Since}, more than {limit}."));
            await Task.Delay(10, TestToken);
            await world.RefreshAsync();
        }

        TimeSpan longest = world.Waits.TakeLongest();
        Assert.True(longest < limit, $"Around {place} a slot let no write through for {longest}, more than {limit}.");
    }

    private static void Report(AcceptanceWorld world, int rounds)
    {
        IReadOnlyList<TimeSpan> refusals = world.Waits.Refusals;
        string waits = refusals.Count == 0 ? "" : $", for {Quantile(0.5)} ms (median), {Quantile(0.95)} ms (95th percentile), {Quantile(1)} ms (longest)";
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rounds} moves, {world.Writes} writes, {world.Scatters} queries of all shards; {refusals.Count} times a slot refused writes{waits}."));

        string Quantile(double part) => refusals[(int)Math.Ceiling(part * refusals.Count) - 1].TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
    }
}
