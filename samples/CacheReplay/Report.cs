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
        Heading($"What HitRatioEstimator says beside a cache of {capacity:N0}: estimated, replayed, error in points");
        Table table = NewTable(["Capacity", .. Replay.Policies.Select(policy => $"{policy}")]);
        for (int i = 0; i < estimates[Replay.Policies[0]].Count; i++)
        {
            int estimated = estimates[Replay.Policies[0]][i].Capacity;
            table.AddRow([$"{estimated:N0}", .. Replay.Policies.Select(policy => Compare(estimates[policy][i].HitRatio, replay.HitRatio(policy, estimated)))]);
        }

        AnsiConsole.Write(table);
    }

    private static string Compare(double? estimate, double replayed) => estimate is { } share
        ? $"{100 * share:F2}  {100 * replayed:F2}  {100 * (share - replayed):+0.00;-0.00;0.00}"
        : $"none  {100 * replayed:F2}";

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
