using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>What do the triggers that a first move leaves cost a statement that changes rows of all slots? The command <c>slot-trigger-cost</c>.</summary>
internal static class SlotTriggerCost
{
    private static readonly Option<int> Rows = SlotCommand.Number("--rows", "How many rows the statement changes", 187_500);
    private static readonly Option<int> Slots = SlotCommand.Number("--slots", "How many slots they are in", 16_384);
    private static readonly Option<int> Rounds = SlotCommand.Number("--rounds", "How often it is measured; the median is printed", 5);

    public static Command Create() => SlotCommand.New(
        "slot-trigger-cost",
        "Changes all rows by one statement before the first move and after it.",
        ["rows", "slots", "UPDATE before the first move, s", "after it, s"],
        [Rows, Slots, Rounds],
        (name, shards, valueOf) => PrintAsync(name, shards, valueOf(Rows), valueOf(Slots), valueOf(Rounds)));

    private static async Task PrintAsync(string name, SlotShards shards, int rows, int slots, int rounds)
    {
        await shards.CreateAsync(slots, rows);
        string before = await MeasureAsync(shards, rounds);
        await shards.MoveAsync(new SlotMove([(2 * slots) - 1], "b", "a"), new InMemorySlotMigrationStore(), CancellationToken.None); // with nothing in it
        string after = await MeasureAsync(shards, rounds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {rows:N0} | {slots:N0} | {before} | {after} |"));
    }

    private static async Task<string> MeasureAsync(SlotShards shards, int rounds)
    {
        var seconds = new List<double>();
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                long begun = Stopwatch.GetTimestamp();
                await shards.ExecuteAsync("a", "UPDATE orders SET version = version + 1");
                seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            }
        }
        catch (DbException exception)
        {
            return $"fails ({exception.Message})";
        }

        seconds.Sort();
        return seconds[seconds.Count / 2].ToString("F2", CultureInfo.InvariantCulture);
    }
}
