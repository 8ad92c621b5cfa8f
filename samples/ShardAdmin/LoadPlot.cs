using ScalePrimitives.Sharding;
using ScottPlot;
using ScottPlot.Plottables;

namespace ShardAdmin;

/// <summary>Draws the requests of each shard as a bar made of its slots, the busiest at the bottom, beside what is even.</summary>
internal static class LoadPlot
{
    private static readonly Color[] Fills = [Color.FromHex("#1f77b4"), Color.FromHex("#8fbbd9")];

    public static void Save(ShardMap map, SlotLoads loads, string path)
    {
        using var plot = new Plot();
        for (int shard = 0; shard < map.ShardIds.Count; shard++)
        {
            double top = 0;
            foreach ((int index, int slot) in map.GetSlots(map.ShardIds[shard]).OrderByDescending(slot => loads.Requests[slot]).Index())
            {
                plot.Add.Bar(new Bar { Position = shard, ValueBase = top, Value = top += loads.Requests[slot], FillColor = Fills[index % Fills.Length], LineWidth = 0, Size = 0.7 });
            }
        }

        HorizontalLine even = plot.Add.HorizontalLine((double)loads.Total / map.ShardIds.Count, color: Colors.Black);
        even.LegendText = "even";
        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, map.ShardIds.Count).Select(i => (double)i)], [.. map.ShardIds]);
        plot.Axes.Margins(bottom: 0, top: 0.2);
        plot.YLabel("requests, slot upon slot");
        plot.Title($"Load by shard, version {map.Version} of the map");
        plot.ShowLegend(Alignment.UpperRight);
        plot.SavePng(path, Math.Clamp(300 + (map.ShardIds.Count * 80), 700, 2400), 600);
    }
}
