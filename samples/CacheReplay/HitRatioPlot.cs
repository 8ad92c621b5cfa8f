using System.Globalization;
using ScalePrimitives.Caching;
using ScottPlot;
using ScottPlot.Plottables;

namespace CacheReplay;

/// <summary>Draws the hit ratio by capacity, a curve for each policy, below the ceiling.</summary>
internal static class HitRatioPlot
{
    public static void Save(Replay replay, IReadOnlyList<int> capacities, string title, string path)
    {
        using var plot = new Plot();
        double[] positions = [.. capacities.Select(capacity => Math.Log2(capacity))];
        foreach (EvictionPolicy policy in Replay.Policies)
        {
            plot.Add.Scatter(positions, capacities.Select(capacity => 100 * replay.HitRatio(policy, capacity)).ToArray()).LegendText = $"{policy}";
        }

        HorizontalLine ceiling = plot.Add.HorizontalLine(100 * replay.Log.Ceiling, color: Colors.Gray, pattern: LinePattern.Dashed);
        ceiling.LegendText = "ceiling";
        plot.Axes.SetLimitsY(0, 100);
        plot.Axes.Bottom.SetTicks(positions, [.. capacities.Select(capacity => capacity.ToString("N0", CultureInfo.InvariantCulture))]);
        plot.Title(title);
        plot.XLabel("capacity (entries)");
        plot.YLabel("hit ratio (%)");
        plot.ShowLegend(Alignment.LowerRight);
        plot.SavePng(path, 1000, 600);
    }
}
