using ScalePrimitives.Caching;
using Spectre.Console;

namespace CacheReplay;

/// <summary>Prints what the replays said.</summary>
internal static class Report
{
    public static void WriteLog(string name, string description, RequestLog log)
    {
        Console.WriteLine($"{name}: {description}");
        Console.WriteLine($"{log.Count:N0} requests for {log.DistinctCount:N0} keys. No cache hits more than {log.Ceiling:P2}: the first request for each key misses.");
    }

    public static void WriteHitRatios(Replay replay, IReadOnlyList<int> capacities)
    {
        Heading("Hit ratio by capacity and policy");
        Table table = NewTable(["Capacity", .. Replay.Policies.Select(policy => $"{policy}")]);
        foreach (int capacity in capacities)
        {
            table.AddRow([$"{capacity:N0}", .. Replay.Policies.Select(policy => $"{replay.HitRatio(policy, capacity):P2}")]);
        }

        AnsiConsole.Write(table);
    }

    public static void WriteWanted(Replay replay, double wanted, IReadOnlyDictionary<EvictionPolicy, (int Capacity, double HitRatio)?> found)
    {
        Heading($"What capacity reaches {wanted:P2}");
        if (wanted > replay.Log.Ceiling)
        {
            Console.WriteLine($"None: not reachable, the ceiling is {replay.Log.Ceiling:P2}.");
            return;
        }

        Table table = NewTable(["Policy", "Capacity", "Share of the keys", "Hit ratio"]);
        foreach ((EvictionPolicy policy, (int Capacity, double HitRatio)? reached) in found.OrderBy(pair => pair.Key))
        {
            (int capacity, double hitRatio) = reached!.Value;
            table.AddRow($"{policy}", $"{capacity:N0}", $"{(double)capacity / replay.Log.DistinctCount:P1}", $"{hitRatio:P2}");
        }

        AnsiConsole.Write(table);
    }

    public static void WriteEstimates(Replay replay, int capacity, IReadOnlyDictionary<EvictionPolicy, IReadOnlyList<HitRatioEstimate>> estimates)
    {
        Heading($"What HitRatioEstimator says beside a cache of {capacity:N0}");
        Table table = NewTable(["Policy", "Capacity", "Estimated", "Replayed", "Error in points"]);
        foreach (EvictionPolicy policy in Replay.Policies)
        {
            foreach (HitRatioEstimate estimate in estimates[policy])
            {
                double replayed = replay.HitRatio(policy, estimate.Capacity);
                (string estimated, string error) = estimate.HitRatio is { } share
                    ? ($"{share:P2}", $"{100 * (share - replayed):+0.00;-0.00;0.00}")
                    : ("no sample", "");
                table.AddRow($"{policy}", $"{estimate.Capacity:N0}", estimated, $"{replayed:P2}", error);
            }
        }

        AnsiConsole.Write(table);
    }

    private static void Heading(string text)
    {
        Console.WriteLine();
        Console.WriteLine(text);
    }

    private static Table NewTable(string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        return table;
    }
}
