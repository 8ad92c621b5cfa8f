using System.Collections.Immutable;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>The commands that only look.</summary>
internal static class Inspection
{
    public static async Task<int> StatusAsync(DirectoryInfo folder, int top, FileInfo? plot, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        Report.WriteUnfinished(await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken)); // first: a shard may be down
        ShardMap map = cluster.Router.Map;
        SlotLoads loads = await SlotLoads.MeasureAsync(cluster, cancellationToken);
        Report.WriteShards(map, loads);
        Report.WriteSlots(map, loads, top);
        if (plot is not null)
        {
            LoadPlot.Save(map, loads, plot.FullName);
            Console.WriteLine($"Plot: {plot.FullName}");
        }

        return 0;
    }

    public static async Task<int> PlanAsync(DirectoryInfo folder, PlanSettings settings, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        SlotLoads loads = await SlotLoads.MeasureAsync(cluster, cancellationToken);
        Report.WritePlan(cluster.Router.Map, loads, settings, settings.Plan(cluster.Router.Map, loads));
        Report.WriteUnfinished(await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken));
        return 0;
    }

    /// <summary>Looks for what would keep slots from moving.</summary>
    public static async Task<int> CheckAsync(DirectoryInfo folder, MoveChoice choice, MoveSettings settings, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        choice.Check(cluster.Router.Map);
        Report.WriteUnfinished(await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken));
        ImmutableArray<SlotMove> moves = await choice.FindAsync(cluster, cancellationToken);
        if (moves.IsEmpty)
        {
            return 0;
        }

        SlotMoveReport report = await cluster.Migration(settings).CheckAsync(moves, cancellationToken);
        Report.WriteCheck(report);
        return report.IsClean ? 0 : 1;
    }

    public static async Task<int> VerifyAsync(DirectoryInfo folder, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        ImmutableArray<SlotMigrationRecord> unfinished = await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken);
        var findings = new Findings();
        await FenceCheck.RunAsync(cluster, cluster.Router.Map, [.. unfinished.SelectMany(migration => migration.Move.Slots)], findings, cancellationToken);
        try
        {
            await RowCheck.RunAsync(cluster, Loader.Recorded(), await cluster.Catalogue.IsLoadedAsync(cancellationToken), findings, cancellationToken);
        }
        catch (AggregateException failed) when (!findings.IsEmpty)
        {
            findings.Add("rows cannot be read", failed.Message); // for the reason that was found before
        }

        Report.WriteUnfinished(unfinished);
        findings.Write();
        Console.WriteLine(findings.IsEmpty ? "All is well: every row that is there is there once, where the map says." : "Something is wrong.");
        return findings.IsEmpty ? 0 : 1;
    }
}
