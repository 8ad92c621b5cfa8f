using System.CommandLine;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>
/// How long does a write of one row wait at most, and when is a move done, where each of many slots is written by transactions that last? The command <c>slot-drain</c>, over the servers, where many write at a time.
/// </summary>
internal static class SlotDrain
{
    private static readonly (int Slots, TimeSpan Time)[] Cases = [(20, TimeSpan.FromSeconds(0.9)), (60, TimeSpan.FromSeconds(0.1))];

    private static readonly Option<int> Limit = SlotCommand.Limit(60);

    public static Command Create() => SlotCommand.New(
        "slot-drain",
        "Moves many slots at once, each written by transactions that last, and prints the longest wait of a write of one row.",
        ["slots", "a transaction lasts, s", "longest wait of a write of one row, s", "the move is done after, s"],
        [Limit],
        async (name, shards, valueOf) =>
        {
            foreach ((int slots, TimeSpan time) in Cases)
            {
                await PrintAsync(name, shards, slots, time, valueOf(Limit));
            }
        },
        serversOnly: true);

    private static async Task PrintAsync(string name, SlotShards shards, int slots, TimeSpan time, int limit)
    {
        await shards.CreateAsync(slots, rows: slots * 10);
        using var stop = new CancellationTokenSource();
        SlotWriter[] writers = [.. Enumerable.Range(0, slots).Select(slot => new SlotWriter(shards, slot, () => slots + slot, time))];
        var probe = new SlotWriter(shards, 0, () => slots * 2); // another row of slot 0
        Task[] writing = [.. writers.Append(probe).Select(writer => Task.Run(() => WriteAsync(writer, writer == probe ? TimeSpan.FromMilliseconds(10) : TimeSpan.Zero, stop.Token)))];
        (TimeSpan taken, string? failure) = await SlotCommand.MoveAsync(shards, new SlotMove([.. Enumerable.Range(0, slots)], "a", "b"), new InMemorySlotMigrationStore(), limit);
        await stop.CancelAsync();
        await Task.WhenAll(writing);
        Console.WriteLine($"| {name} | {slots} | {SlotCommand.Seconds(time)} | {SlotCommand.Seconds(probe.LongestWait)} | {SlotCommand.Seconds(taken, failure)} |");
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
