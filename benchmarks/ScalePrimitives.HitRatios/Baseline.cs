using System.Globalization;

namespace ScalePrimitives.HitRatios;

/// <summary>A trace at a capacity: a cell of the tables.</summary>
internal readonly record struct Cell(string Trace, int Capacity);

/// <summary>The hits of other policies and libraries, recorded beside the traces.</summary>
internal sealed class Baseline
{
    public const string FileName = "baseline.csv";
    public const string Optimum = "OPT";
    public const string Caffeine = "Caffeine-HEAD-ccef9554";
    public const string Lru = "LRU";
    public const string Fifo = "FIFO";

    /// <summary>The columns that are shown, with their headings.</summary>
    public static readonly (string Policy, string Heading)[] Shown =
    [
        (Optimum, "OPT"), (Caffeine, "Caffeine HEAD"), ("Caffeine-3.1.8", "Caffeine 3.1.8"),
        ("BitFaster-2.6.1-ConcurrentLfu(Foreground)", "BitFaster Lfu"), ("S3-FIFO(freq>=2)", "S3-FIFO"), (Lru, "LRU"),
    ];

    private readonly Dictionary<(Cell Cell, string Policy), int> _hits = [];
    private readonly Dictionary<string, int> _requests = new(StringComparer.Ordinal);

    private Baseline()
    {
    }

    /// <summary>Gets the traces in ordinal order of their names.</summary>
    public required string[] Traces { get; init; }

    /// <summary>Gets the cells in order of trace and capacity.</summary>
    public required Cell[] Cells { get; init; }

    public static Baseline Load(string folder)
    {
        // trace,requests,distinct,capacity,policy,hits,hit_ratio
        string[][] rows = [.. File.ReadLines(Path.Combine(folder, FileName)).Skip(1).Select(line => line.Split(','))];
        Cell[] cells = [.. rows.Select(CellOf).Distinct().OrderBy(cell => cell.Trace, StringComparer.Ordinal).ThenBy(cell => cell.Capacity)];
        var baseline = new Baseline { Cells = cells, Traces = [.. cells.Select(cell => cell.Trace).Distinct(StringComparer.Ordinal)] };
        foreach (string[] row in rows)
        {
            baseline._hits[(CellOf(row), row[4])] = Number(row[5]);
            baseline._requests[row[0]] = Number(row[1]);
        }

        return baseline;

        static Cell CellOf(string[] row) => new(row[0], Number(row[3]));
        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Says whether a trace was left out of all tuning: every third one in order of the names is.</summary>
    public bool IsBlind(string trace) => Array.IndexOf(Traces, trace) % 3 == 2;

    public Cell[] CellsOf(string trace) => [.. Cells.Where(cell => cell.Trace == trace)];

    public int Requests(string trace) => _requests[trace];

    public int Hits(Cell cell, string policy) => _hits[(cell, policy)];

    public double HitRatio(Cell cell, string policy) => (double)Hits(cell, policy) / Requests(cell.Trace);
}
