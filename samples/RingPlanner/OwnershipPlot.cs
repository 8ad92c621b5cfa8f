using ScalePrimitives.Hashing;
using ScottPlot;

namespace RingPlanner;

/// <summary>Draws each node's share, as bars beside the share that its weight entitles it to.</summary>
internal static class OwnershipPlot
{
    private static readonly Color[] Colors = [Color.FromHex("#1f77b4"), Color.FromHex("#2ca02c")];

    public static void Save(TopologyChange change, IReadOnlyList<Placement> placements, string path)
    {
        using var plot = new Plot();
        Node[] nodes = change.After.OrderBy(node => node.Id, StringComparer.Ordinal).ToArray();
        for (int kind = 0; kind < placements.Count; kind++)
        {
            Bar[] bars = nodes.Select((node, i) => new Bar
            {
                Position = i + ((kind - 0.5) * 0.36),
                Value = 100 * placements[kind].After[node.Id],
                FillColor = Colors[kind],
                Size = 0.34,
            }).ToArray();
            plot.Add.Bars(bars).LegendText = placements[kind].Name;
        }

        for (int i = 0; i < nodes.Length; i++)
        {
            double due = 100 * TopologyChange.DueShare(nodes, nodes[i].Id);
            var line = plot.Add.Line(i - 0.4, due, i + 0.4, due);
            line.Color = ScottPlot.Colors.Black;
            line.LegendText = i == 0 ? "due by weight" : "";
        }

        // Many names would cover each other: then every so many-th.
        int step = 1 + (nodes.Length / 24);
        int[] named = Enumerable.Range(0, nodes.Length).Where(i => i % step == 0).ToArray();
        plot.Axes.Bottom.SetTicks(named.Select(i => (double)i).ToArray(), named.Select(i => nodes[i].Id).ToArray());
        plot.Axes.Bottom.TickLabelStyle.Rotation = nodes.Length > 8 ? 45 : 0;
        plot.Axes.Bottom.TickLabelStyle.Alignment = nodes.Length > 8 ? Alignment.MiddleLeft : Alignment.UpperCenter;
        plot.Axes.Bottom.MinimumSize = nodes.Length > 8 ? 90 : 40;
        plot.Axes.Margins(bottom: 0, top: 0.25);
        plot.YLabel("share of the keys (%)");
        plot.Title(change.IsChange ? "Ownership after the change" : "Ownership");
        plot.ShowLegend(Alignment.UpperRight);
        plot.SavePng(path, Math.Clamp(300 + (nodes.Length * 60), 900, 2400), 600);
    }
}
