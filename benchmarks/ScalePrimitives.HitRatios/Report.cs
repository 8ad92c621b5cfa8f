using System.Globalization;
using ScalePrimitives.Caching;
using Spectre.Console;

namespace ScalePrimitives.HitRatios;

/// <summary>The tables: each trace, the means by group, and where Caffeine is ahead.</summary>
internal sealed class Report(Baseline baseline, Results results)
{
    private const int WorstCellsShown = 8;

    private static readonly EvictionPolicy[] Ours = Enum.GetValues<EvictionPolicy>();

    /// <summary>Gets the name and the hit ratio of everything that is compared.</summary>
    public (string Name, Func<Cell, double> HitRatio)[] Columns { get; } =
    [
        .. Baseline.Shown.Select(shown => (shown.Heading, (Func<Cell, double>)(cell => baseline.HitRatio(cell, shown.Policy)))),
        .. Ours.Select(policy => (policy.ToString(), (Func<Cell, double>)(cell => results.HitRatio(cell, policy)))),
    ];

    public Baseline Baseline => baseline;

    /// <summary>Gets a value indicating whether the policies that are exact hit as often as the textbook simulators.</summary>
    public bool ExactPoliciesAgree => !Disagreements().Any();

    /// <summary>Returns the mean over some traces of the mean over the capacities of each.</summary>
    public double Mean(IEnumerable<string> traces, Func<Cell, double> hitRatio) => traces.Average(trace => baseline.CellsOf(trace).Average(hitRatio));

    public void Print()
    {
        foreach (string trace in baseline.Traces)
        {
            Table table = NewTable($"{trace} ({baseline.Requests(trace):N0} requests{(baseline.IsBlind(trace) ? ", blind" : "")})", "capacity");
            foreach (Cell cell in baseline.CellsOf(trace))
            {
                AddRow(table, cell.Capacity.ToString("N0", CultureInfo.InvariantCulture), column => column(cell));
            }

            AddRow(table, "mean", column => Mean([trace], column));
            AnsiConsole.Write(table);
        }

        PrintMeans();
        PrintWorstCells();
        PrintDisagreements();
    }

    private void PrintMeans()
    {
        Table table = NewTable("Mean hit ratio, each trace equally", "traces");
        string[] blind = [.. baseline.Traces.Where(baseline.IsBlind)];
        string[] tuned = [.. baseline.Traces.Except(blind, StringComparer.Ordinal)];
        foreach ((string name, string[] traces) in new[] { ("tuned", tuned), ("blind", blind), ("all", baseline.Traces) }.Where(group => group.Item2.Length > 0))
        {
            AddRow(table, $"{name} ({traces.Length})", column => Mean(traces, column));
        }

        AnsiConsole.Write(table);
    }

    private void PrintWorstCells()
    {
        var table = new Table { Title = new TableTitle("Adaptive against Caffeine HEAD: the worst cells") };
        table.AddColumns("trace", "capacity", "requests", "Adaptive", "Caffeine HEAD", "points");
        foreach (Cell cell in baseline.Cells.OrderBy(Lead).Take(WorstCellsShown))
        {
            table.AddRow(
                cell.Trace,
                $"{cell.Capacity:N0}",
                $"{baseline.Requests(cell.Trace):N0}",
                Percent(results.HitRatio(cell, EvictionPolicy.Adaptive)),
                Percent(baseline.HitRatio(cell, Baseline.Caffeine)),
                Lead(cell).ToString("+0.00;-0.00", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);

        double Lead(Cell cell) => 100 * (results.HitRatio(cell, EvictionPolicy.Adaptive) - baseline.HitRatio(cell, Baseline.Caffeine));
    }

    private void PrintDisagreements()
    {
        foreach (string disagreement in Disagreements())
        {
            AnsiConsole.WriteLine(disagreement);
        }

        if (ExactPoliciesAgree)
        {
            AnsiConsole.WriteLine($"Lru and Fifo hit exactly as often as the textbook simulators in all {baseline.Cells.Length} cells.");
        }
    }

    private IEnumerable<string> Disagreements() =>
        from cell in baseline.Cells
        from pair in ((EvictionPolicy Ours, string Theirs)[])[(EvictionPolicy.Lru, Baseline.Lru), (EvictionPolicy.Fifo, Baseline.Fifo)]
        let ours = results.Hits(cell, pair.Ours)
        let theirs = baseline.Hits(cell, pair.Theirs)
        where ours != theirs
        select $"DIFFERENT: {cell.Trace} at {cell.Capacity}: {pair.Ours} has {ours} hits, the textbook simulator {theirs}.";

    private Table NewTable(string title, string first)
    {
        var table = new Table { Title = new TableTitle(title) };
        table.AddColumn(new TableColumn(first).RightAligned());
        foreach (var (name, _) in Columns)
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        return table;
    }

    private void AddRow(Table table, string first, Func<Func<Cell, double>, double> value) =>
        table.AddRow([first, .. Columns.Select(column => Percent(value(column.HitRatio)))]);

    private static string Percent(double ratio) => (100 * ratio).ToString("F2", CultureInfo.InvariantCulture);
}
