using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>What the commands over slots have in common: numbers as options, a table with rows for each kind of database, and a clock.</summary>
internal static class SlotCommand
{
    /// <summary>Creates a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="columns">The heads of the columns, but for the first, the kind of database.</param>
    /// <param name="options">Its options.</param>
    /// <param name="printAsync">Prints the rows of a kind of database, given the options' values.</param>
    /// <param name="serversOnly">Whether it is over servers alone, where many write at a time.</param>
    public static Command New(
        string name, string description, string[] columns, Option<int>[] options, Func<string, SlotShards, Func<Option<int>, int>, Task> printAsync, bool serversOnly = false)
    {
        var command = new Command(name, $"{description} {SlotEngines.Variables}");
        Array.ForEach(options, command.Options.Add);
        command.SetAction(async (parsed, _) =>
        {
            Console.WriteLine($"| | {string.Join(" | ", columns)} |");
            Console.WriteLine($"| --- |{string.Concat(columns.Select(_ => " ---: |"))}");
            await (serversOnly ? SlotEngines.EachServerAsync(RunAsync) : SlotEngines.EachAsync(RunAsync));

            Task RunAsync(string kind, Data.SqlDialect dialect, DbDataSource a, DbDataSource b) =>
                printAsync(kind, new SlotShards(dialect, a, b), option => parsed.GetValue(option));
        });
        return command;
    }

    /// <summary>Creates an option.</summary>
    public static Option<int> Number(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    /// <summary>Creates the option for the limit of <see cref="MoveAsync"/>, in seconds.</summary>
    public static Option<int> Limit(int seconds) => Number("--limit", "After how many seconds a move is given up", seconds);

    /// <summary>Moves slots, for no longer than a limit.</summary>
    /// <returns>How long it took, and why it was not done; null when it was.</returns>
    public static async Task<(TimeSpan Time, string? Failure)> MoveAsync(SlotShards shards, SlotMove move, ISlotMigrationStore migrations, int limitSeconds)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(limitSeconds));
        long begun = Stopwatch.GetTimestamp();
        string? failure = null;
        try
        {
            await shards.MoveAsync(move, migrations, stop.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or DbException)
        {
            failure = stop.IsCancellationRequested ? "not done" : $"failed ({exception.Message})";
        }

        return (Stopwatch.GetElapsedTime(begun), failure);
    }

    /// <summary>Says how many seconds something took, or after how many it failed.</summary>
    public static string Seconds(TimeSpan time, string? failure = null)
    {
        string seconds = time.TotalSeconds.ToString("N1", CultureInfo.InvariantCulture);
        return failure is null ? seconds : $"{failure} after {seconds}";
    }
}
