using ScottPlot;

namespace ScalePrimitives.HitRatios;

/// <summary>Draws the hit ratios: a curve over the capacities for each trace, and the means.</summary>
internal static class Plots
{
    private const int PlotsAcross = 4;
    private const int PlotWidth = 480;
    private const int PlotHeight = 340;

    public static void Save(Report report, string folder)
    {
        SaveCurves(report, Path.Combine(folder, "hit-ratios.png"));
        SaveMeans(report, Path.Combine(folder, "mean-hit-ratios.png"));
    }

    private static void SaveCurves(Report report, string path)
    {
        string[] traces = report.Baseline.Traces;
        int rows = (traces.Length + PlotsAcross - 1) / PlotsAcross;
        var plots = new Multiplot { Layout = new ScottPlot.MultiplotLayouts.Grid(rows, PlotsAcross) };
        plots.AddPlots(traces.Length);
        for (int i = 0; i < traces.Length; i++)
        {
            Cell[] cells = report.Baseline.CellsOf(traces[i]);
            double[] positions = [.. cells.Select(cell => Math.Log2(cell.Capacity))];
            Plot plot = plots.GetPlot(i);
            foreach (var (name, hitRatio) in report.Columns)
            {
                plot.Add.Scatter(positions, cells.Select(cell => 100 * hitRatio(cell)).ToArray()).LegendText = name;
            }

            plot.Title(traces[i] + (report.Baseline.IsBlind(traces[i]) ? " (blind)" : ""), size: 14);
            plot.Axes.Bottom.SetTicks(positions, [.. cells.Select(cell => $"{cell.Capacity}")]);
            plot.Legend.FontSize = 9;
            if (i == 0)
            {
                plot.ShowLegend(Alignment.LowerRight);
            }
        }

        plots.SavePng(path, PlotsAcross * PlotWidth, rows * PlotHeight);
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
