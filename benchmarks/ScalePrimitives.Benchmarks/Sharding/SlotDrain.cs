using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>
/// How long does a write of one row wait at most, and when is a move done, where each of many slots is written by transactions that last? The command <c>slot-drain</c>, over the servers, where many write at a time.
/// </summary>
internal static class SlotDrain
{
    private static readonly (int Slots, TimeSpan Time)[] Cases = [(20, TimeSpan.FromSeconds(0.9)), (60, TimeSpan.FromSeconds(0.1))];

    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "After how many seconds a move is given up", DefaultValueFactory = _ => 60 };
        var command = new Command("slot-drain", $"Moves many slots at once, each written by transactions that last, and prints the longest wait of a write of one row. {SlotEngines.Variables}") { limit };
        command.SetAction(async (parsed, _) =>
        {
            Console.WriteLine("| | slots | a transaction lasts, s | longest wait of a write of one row, s | the move is done after, s |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
            await SlotEngines.EachServerAsync(async (name, dialect, a, b) =>
            {
                foreach ((int slots, TimeSpan time) in Cases)
                {
                    await PrintAsync(name, new SlotShards(dialect, a, b), slots, time, TimeSpan.FromSeconds(parsed.GetValue(limit)));
                }
            });
        });
        return command;
    }

    private static async Task PrintAsync(string name, SlotShards shards, int slots, TimeSpan time, TimeSpan limit)
    {
        await shards.CreateAsync(slots, rows: slots * 10);
        using var stop = new CancellationTokenSource();
        SlotWriter[] writers = [.. Enumerable.Range(0, slots).Select(slot => new SlotWriter(shards, slot, () => slots + slot, time))];
        var probe = new SlotWriter(shards, 0, () => slots * 2); // another row of slot 0
        Task[] writing = [.. writers.Append(probe).Select(writer => Task.Run(() => WriteAsync(writer, writer == probe ? TimeSpan.FromMilliseconds(10) : TimeSpan.Zero, stop.Token)))];
        string done = await MoveAsync(shards, new SlotMove([.. Enumerable.Range(0, slots)], "a", "b"), limit);
        await stop.CancelAsync();
        await Task.WhenAll(writing);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {slots} | {time.TotalSeconds:F1} | {probe.LongestWait.TotalSeconds:F1} | {done} |"));
    }

    private static async Task<string> MoveAsync(SlotShards shards, SlotMove move, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource(limit);
        long begun = Stopwatch.GetTimestamp();
        try
        {
            await shards.MoveAsync(move, new InMemorySlotMigrationStore(), stop.Token);
            return Stopwatch.GetElapsedTime(begun).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is OperationCanceledException or DbException)
        {
            string why = stop.IsCancellationRequested ? "not done" : $"failed ({exception.Message})";
            return string.Create(CultureInfo.InvariantCulture, $"{why} after {Stopwatch.GetElapsedTime(begun).TotalSeconds:F1}");
        }
    }

    private static async Task WriteAsync(SlotWriter writer, TimeSpan pause, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await writer.WriteAsync();
            await Task.Delay(pause, CancellationToken.None);
        }
    }
}
