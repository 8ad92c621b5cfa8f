using System.CommandLine;
using System.Globalization;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>
/// How fast do slots move while they are written, and for how long do they refuse writes? The command <c>slot-moves</c>: SQLite always, between two servers of a kind by connection strings,
/// which <c>benchmarks/with-engines</c> sets.
/// </summary>
internal static class SlotMoves
{
    public static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "How many rows the slot has", DefaultValueFactory = _ => 100_000 };
        var moves = new Option<int>("--moves") { Description = "How many moves, there and back", DefaultValueFactory = _ => 20 };
        var writers = new Option<int>("--writers") { Description = "How many write at a time", DefaultValueFactory = _ => 4 };
        var rate = new Option<int>("--rate") { Description = "How many writes each tries in a second", DefaultValueFactory = _ => 100 };
        var command = new Command("slot-moves", $"Moves a slot there and back while it is written. {SlotEngines.Variables}") { rows, moves, writers, rate };
        command.SetAction((parsed, _) => PrintAsync(parsed.GetValue(moves), new SlotMoveSettings(parsed.GetValue(rows), parsed.GetValue(writers), parsed.GetValue(rate))));
        return command;
    }

    private static async Task PrintAsync(int moves, SlotMoveSettings settings)
    {
        Console.WriteLine("| | rows | writers | rows copied a second | seconds a move | writes a second, quiet | while moving | refused, median ms | 95th percentile | longest pause of writes, median ms | 95th percentile |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        await SlotEngines.EachAsync((name, dialect, a, b) => PrintAsync(name, new SlotMoveLoad(dialect, a, b, settings), moves));
    }

    private static async Task PrintAsync(string name, SlotMoveLoad load, int moves)
    {
        SlotMoveFigures figures = await load.RunAsync(moves);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {load.Settings.Rows:N0} | {load.Settings.Writers} | {figures.RowsPerSecond:N0} | {figures.SecondsPerMove:F1} | {figures.QuietWritesPerSecond:N0} | {figures.MovingWritesPerSecond:N0} | {At(figures.RefusedMs, 0.5):F0} | {At(figures.RefusedMs, 0.95):F0} | {At(figures.PausesMs, 0.5):F0} | {At(figures.PausesMs, 0.95):F0} |"));
    }

    // The smallest value that so many are not above: of 20 the 95th percentile is the second highest.
    private static double At(List<double> values, double quantile)
    {
        values.Sort();
        return values[Math.Clamp((int)Math.Ceiling(quantile * values.Count) - 1, 0, values.Count - 1)];
    }
}
