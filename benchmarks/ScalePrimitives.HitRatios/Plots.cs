using ScalePrimitives.Caching;
using ScottPlot;

namespace ScalePrimitives.HitRatios;

/// <summary>Draws the hit ratios: a curve over the capacities for each trace, and the means.</summary>
internal static class Plots
{
    private const int PlotsAcross = 4;
    private const int PlotWidth = 480;
    private const int PlotHeight = 340;

    private static readonly string[] Drawn = ["OPT", "Caffeine HEAD", "BitFaster Lfu", "S3-FIFO", "LRU", nameof(EvictionPolicy.Adaptive)];

    public static void Save(Report report, string folder)
    {
        SaveCurves(report, Path.Combine(folder, "hit-ratios.png"));
        SaveMeans(report, Path.Combine(folder, "mean-hit-ratios.png"));
    }

    private static void SaveCurves(Report report, string path)
    {
        string[] traces = report.Baseline.Traces;
        int rows = (traces.Length + PlotsAcross) / PlotsAcross; // with one place more, for the legend
        var plots = new Multiplot { Layout = new ScottPlot.MultiplotLayouts.Grid(rows, PlotsAcross) };
        plots.AddPlots(traces.Length + 1);
        for (int i = 0; i < traces.Length; i++)
        {
            Cell[] cells = report.Baseline.CellsOf(traces[i]);
            double[] positions = [.. cells.Select(cell => Math.Log2(cell.Capacity))];
            Plot plot = plots.GetPlot(i);
            AddCurves(plot, report, positions, cells);
            plot.HideLegend();
            plot.Title(traces[i] + (report.Baseline.IsBlind(traces[i]) ? " (blind)" : ""), size: 14);
            plot.Axes.Bottom.SetTicks(positions, [.. cells.Select(cell => $"{cell.Capacity}")]);
        }

        Plot legend = plots.GetPlot(traces.Length);
        AddCurves(legend, report, [], []);
        legend.HideGrid();
        legend.Axes.Frameless();
        legend.ShowLegend(Alignment.UpperLeft);
        plots.SavePng(path, PlotsAcross * PlotWidth, rows * PlotHeight);
    }

    private static void AddCurves(Plot plot, Report report, double[] positions, Cell[] cells)
    {
        foreach (var (name, hitRatio) in report.Columns.Where(column => Drawn.Contains(column.Name)))
        {
            var curve = plot.Add.Scatter(positions, cells.Select(cell => 100 * hitRatio(cell)).ToArray());
            curve.LegendText = name;
            curve.LineWidth = name == nameof(EvictionPolicy.Adaptive) ? 3 : 1;
        }
    }

    private static void SaveMeans(Report report, string path)
    {
        using var plot = new Plot();
        for (int i = 0; i < report.Columns.Length; i++)
        {
            double mean = 100 * report.Mean(report.Baseline.Traces, report.Columns[i].HitRatio);
            var bar = plot.Add.Bar(i, mean);
            bar.ValueLabel = mean.ToString("F2", System.Globalization.CultureInfo.InvariantCulture);
        }

        plot.Axes.Bottom.SetTicks([.. report.Columns.Select((_, i) => (double)i)], [.. report.Columns.Select(column => column.Name)]);
        plot.Axes.SetLimitsY(30, 62);
        plot.YLabel("hit ratio (%)");
        plot.Title($"Mean hit ratio over {report.Baseline.Traces.Length} traces");
        plot.SavePng(path, 1100, 600);
    }
}
