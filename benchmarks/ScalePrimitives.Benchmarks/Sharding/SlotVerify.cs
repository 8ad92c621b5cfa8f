using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>How long does it take to compare both copies of a slot while it is written, against when nobody writes? The command <c>slot-verify</c>.</summary>
internal static class SlotVerify
{
    private const int Writers = 8;

    private static readonly Option<int> Rows = SlotCommand.Number("--rows", "How many rows the slot has", 1_000_000);
    private static readonly Option<int> Writes = SlotCommand.Number("--writes", "How many writes are tried in a second", 1_600);
    private static readonly Option<int> Limit = SlotCommand.Limit(300);

    public static Command Create() => SlotCommand.New(
        "slot-verify",
        "Moves a slot there while nobody writes and back while it is written, and prints how long both copies were compared.",
        ["rows", "writes a second", "compared in, quiet s", "written s", "the whole move, quiet s", "written s"],
        [Rows, Writes, Limit],
        (name, shards, valueOf) => PrintAsync(name, shards, valueOf(Rows), valueOf(Writes), valueOf(Limit)));

    private static async Task PrintAsync(string name, SlotShards shards, int rows, int writes, int limit)
    {
        await shards.CreateAsync(slots: 1, rows);
        (string quietVerify, string quiet) = await MoveAsync(shards, new SlotMove([0], "a", "b"), limit);
        using var stop = new CancellationTokenSource();
        long begun = Stopwatch.GetTimestamp();
        Task<long>[] writing = [.. Enumerable.Range(1, Writers).Select(seed => Task.Run(() => WriteAsync(shards, rows, (double)writes / Writers, seed, stop.Token)))];
        (string writtenVerify, string written) = await MoveAsync(shards, new SlotMove([0], "b", "a"), limit);
        await stop.CancelAsync();
        long accepted = (await Task.WhenAll(writing)).Sum();
        double rate = accepted / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {rows:N0} | {rate:N0} | {quietVerify} | {writtenVerify} | {quiet} | {written} |"));
    }

    // How long it compared, and how long it took, both as a text.
    private static async Task<(string Verify, string All)> MoveAsync(SlotShards shards, SlotMove move, int limit)
    {
        var times = new TimedMigrationStore();
        (TimeSpan time, string? failure) = await SlotCommand.MoveAsync(shards, move, times, limit);
        return (SlotCommand.Seconds(times[SlotMigrationState.Verifying], failure), SlotCommand.Seconds(time, failure));
    }

    private static async Task<long> WriteAsync(SlotShards shards, int rows, double rate, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        var writer = new SlotWriter(shards, 0, () => random.Next(rows) + 1);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate));
        while (!stop.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            await writer.WriteAsync();
        }

        return writer.Accepted;
    }
}
