using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>How long does it take to compare both copies of a slot while it is written, against when nobody writes? The command <c>slot-verify</c>.</summary>
internal static class SlotVerify
{
    private const int Writers = 8;

    public static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "How many rows the slot has", DefaultValueFactory = _ => 1_000_000 };
        var writes = new Option<int>("--writes") { Description = "How many writes are tried in a second", DefaultValueFactory = _ => 1_600 };
        var limit = new Option<int>("--limit") { Description = "After how many seconds a move is given up", DefaultValueFactory = _ => 300 };
        var command = new Command("slot-verify", $"Moves a slot there while nobody writes and back while it is written, and prints how long both copies were compared. {SlotEngines.Variables}") { rows, writes, limit };
        command.SetAction(async (parsed, _) =>
        {
            Console.WriteLine("| | rows | writes a second | compared in, quiet s | written s | the whole move, quiet s | written s |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
            await SlotEngines.EachAsync((name, dialect, a, b) => PrintAsync(name, new SlotShards(dialect, a, b), parsed.GetValue(rows), parsed.GetValue(writes), TimeSpan.FromSeconds(parsed.GetValue(limit))));
        });
        return command;
    }

    private static async Task PrintAsync(string name, SlotShards shards, int rows, int writes, TimeSpan limit)
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
    private static async Task<(string Verify, string All)> MoveAsync(SlotShards shards, SlotMove move, TimeSpan limit)
    {
        var times = new TimedMigrationStore();
        using var stop = new CancellationTokenSource(limit);
        long begun = Stopwatch.GetTimestamp();
        try
        {
            await shards.MoveAsync(move, times, stop.Token);
            return (Text(times[SlotMigrationState.Verifying]), Text(Stopwatch.GetElapsedTime(begun)));
        }
        catch (Exception exception) when (stop.IsCancellationRequested && exception is OperationCanceledException or DbException)
        {
            return ($"not done after {Text(times[SlotMigrationState.Verifying])}", $"not done after {Text(limit)}");
        }
    }

    private static string Text(TimeSpan time) => time.TotalSeconds.ToString("N1", CultureInfo.InvariantCulture);

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
