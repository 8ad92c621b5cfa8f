using ScalePrimitives.Caching;
using ScottPlot;
using Spectre.Console;

namespace Tour;

/// <summary>One server is slow: most requests ask for what was asked before, so the pages are cached.</summary>
internal static class CacheChapter
{
    private static readonly int[] Capacities = [128, 256, 512, 1024, 2048, 4096];

    public static async Task RunAsync(RequestStream requests, DirectoryInfo output)
    {
        Chapter.Begin("1. Cache", "Share of requests that find their page in the cache, by policy and capacity.");
        var ratios = new Dictionary<(EvictionPolicy Policy, int Capacity), double>();
        EvictionPolicy[] policies = Enum.GetValues<EvictionPolicy>();
        var runs = policies.SelectMany(policy => Capacities.Select(capacity => (policy, capacity))).ToList();
        await Chapter.ForEachAsync("Replaying", runs, run =>
        {
            ratios[run] = HitRatio(requests, run.policy, run.capacity);
            return Task.CompletedTask;
        });

        Table table = Chapter.Table("Capacity", [.. policies.Select(policy => policy.ToString())]);
        foreach (int capacity in Capacities)
        {
            table.AddRow([$"{capacity:N0}", .. policies.Select(policy => $"{ratios[(policy, capacity)]:P2}")]);
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"Plot: {SavePlot(ratios, policies, output)}");
        ShowEstimates(requests, ratios);
        CacheService.Run(requests);
    }

    // What would more memory bring? Asked of a running cache of one size, not by replaying others.
    private static void ShowEstimates(RequestStream requests, Dictionary<(EvictionPolicy Policy, int Capacity), double> ratios)
    {
        const int capacity = 512;
        var estimator = new HitRatioEstimator<long>(capacity, seed: 1);
        foreach (long key in requests.Keys)
        {
            estimator.Record(key);
        }

        Table table = Chapter.Table("Estimated at 512 for", ["estimate", "replayed"]);
        foreach (HitRatioEstimate estimate in estimator.Estimates)
        {
            table.AddRow($"{estimate.Capacity:N0}", $"{estimate.HitRatio:P2}", $"{ratios[(EvictionPolicy.Adaptive, estimate.Capacity)]:P2}");
        }

        AnsiConsole.Write(table);
    }

    private static double HitRatio(RequestStream requests, EvictionPolicy policy, int capacity)
    {
        using var cache = new Cache<long, string>(new CacheOptions<long, string>
        {
            Capacity = capacity,
            Policy = policy,
            RecordStatistics = true,
            Seed = 1, // so that every tour shows the same
        });
        foreach (long key in requests.Keys)
        {
            cache.GetOrAdd(key, static page => $"<html>product {page}</html>");
        }

        return cache.Statistics.HitRatio ?? 0;
    }

    private static string SavePlot(Dictionary<(EvictionPolicy Policy, int Capacity), double> ratios, EvictionPolicy[] policies, DirectoryInfo output)
    {
        using var plot = new Plot();
        double[] positions = Capacities.Select(capacity => Math.Log2(capacity)).ToArray();
        foreach (EvictionPolicy policy in policies)
        {
            plot.Add.Scatter(positions, Capacities.Select(capacity => 100 * ratios[(policy, capacity)]).ToArray()).LegendText = policy.ToString();
        }

        plot.Title("Hit ratio by policy, web07");
        plot.XLabel("capacity (entries)");
        plot.YLabel("hit ratio (%)");
        plot.Axes.Bottom.SetTicks(positions, Capacities.Select(capacity => $"{capacity}").ToArray());
        plot.ShowLegend(Alignment.LowerRight);
        string path = Path.Combine(output.FullName, "hit-ratio.png");
        plot.SavePng(path, 900, 600);
        return path;
    }
}
