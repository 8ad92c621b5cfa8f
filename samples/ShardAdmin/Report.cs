using System.Collections.Immutable;
using ScalePrimitives.Sharding;
using Spectre.Console;

namespace ShardAdmin;

/// <summary>Prints where slots and requests are, and where they are to go.</summary>
internal static class Report
{
    private static readonly Color[] Colors = [Color.Blue, Color.Green];

    public static void WriteShards(ShardMap map, SlotLoads loads)
    {
        Heading($"{Text.Count(map.SlotCount, "slot")} on {Text.Count(map.ShardIds.Count, "shard")}, by version {map.Version} of the map");
        Table table = NewTable(["Shard", "Slots", "Moving", "Requests", "Pages", "Share"]);
        var chart = new BarChart().Width(80).UseValueFormatter(static (value, culture) => value.ToString("N0", culture));
        foreach (string id in map.ShardIds)
        {
            int[] slots = map.GetSlots(id);
            long requests = loads.On(map, id);
            AddRow(table, [id, $"{slots.Length}", $"{slots.Count(slot => map.GetState(slot) == SlotState.Moving)}", $"{requests:N0}", $"{slots.Sum(slot => loads.Pages[slot]):N0}", $"{Share(requests, loads.Total):P2}"]);
            chart.AddItem(Markup.Escape(id), requests, Colors[chart.Data.Count % Colors.Length]);
        }

        table.AddEmptyRow();
        AddRow(table, ["together", $"{map.SlotCount}", "", $"{loads.Total:N0}", $"{loads.Pages.Sum():N0}", ""]);
        AnsiConsole.Write(table);
        AnsiConsole.Write(chart);
    }

    public static void WriteSlots(ShardMap map, SlotLoads loads, int top)
    {
        if (top == 0)
        {
            return;
        }

        Heading($"The {Text.Count(Math.Min(top, map.SlotCount), "busiest slot")}");
        Table table = NewTable(["Slot", "Shard", "Requests", "Pages", "Share"]);
        foreach (int slot in Enumerable.Range(0, map.SlotCount).OrderByDescending(slot => loads.Requests[slot]).Take(top))
        {
            AddRow(table, [$"{slot}", map.GetShardId(slot), $"{loads.Requests[slot]:N0}", $"{loads.Pages[slot]:N0}", $"{Share(loads.Requests[slot], loads.Total):P2}"]);
        }

        AnsiConsole.Write(table);
    }

    public static void WriteUnfinished(ImmutableArray<SlotMigrationRecord> unfinished)
    {
        if (unfinished.IsEmpty)
        {
            Console.WriteLine("No migration is unfinished.");
            return;
        }

        Heading("Unfinished migrations: go on with resume, undo with cancel");
        foreach (SlotMigrationRecord migration in unfinished)
        {
            Console.WriteLine($"{migration.Id}  {migration.Move.From} -> {migration.Move.To}  {migration.State}, attempt {migration.Attempt}  slots {SlotList.Format(migration.Move.Slots)}");
        }
    }

    public static void WritePlan(ShardMap map, SlotLoads loads, PlanSettings settings, RebalancePlan plan)
    {
        if (plan.Moves.IsEmpty)
        {
            Console.WriteLine("Nothing to move: no plan is better than what is there.");
            return;
        }

        Heading("What is to move");
        foreach (SlotMove move in plan.Moves)
        {
            Console.WriteLine($"{move.From} -> {move.To}  {Text.Count(move.Slots.Sum(slot => loads.Requests[slot]), "request")} in {Text.Count(move.Slots.Length, "slot")}: {SlotList.Format(move.Slots)}");
        }

        ShardMap after = plan.Apply(map);
        double weights = map.ShardIds.Sum(settings.WeightOf);
        Table table = NewTable(["Shard", "Weight", "Slots", "then", "Requests", "then", "Due"]);
        foreach (string id in map.ShardIds)
        {
            double due = loads.Total * settings.WeightOf(id) / weights;
            AddRow(table, [id, $"{settings.WeightOf(id):0.##}", $"{map.GetSlots(id).Length}", $"{after.GetSlots(id).Length}", $"{loads.On(map, id):N0}", $"{loads.On(after, id):N0}", $"{due:N0}"]);
        }

        AnsiConsole.Write(table);
        double even = loads.Total / weights;
        Console.WriteLine($"{Text.Count(plan.SlotCount, "slot")} to move. Requests on the fullest shard, by weight: {Peak(plan.PeakBefore, even)}, then {Peak(plan.PeakAfter, even)}.");
    }

    public static void WriteCheck(SlotMoveReport report)
    {
        foreach (SlotMoveFinding finding in report.Findings.OrderByDescending(each => each.PreventsMove).ThenBy(each => each.ShardId, StringComparer.Ordinal))
        {
            string where = finding.Table is null ? $"'{finding.ShardId}'" : $"the table {finding.Table} on '{finding.ShardId}'";
            Console.WriteLine($"{(finding.PreventsMove ? "IN THE WAY" : "TO KNOW")}: {where}: {finding.Problem}");
            Console.WriteLine($"  {finding.Remedy}");
        }

        string size = report.Bytes < 1 << 20 ? $"{report.Bytes / 1024.0:N0} KiB" : $"{report.Bytes / (1024.0 * 1024):N1} MiB";
        Console.WriteLine(report.IsClean
            ? $"Nothing is in the way. About {Text.Count(report.Rows, "row")}, {size}, {report.Duration.TotalSeconds:N1} s if nothing else keeps the shards busy."
            : "Nothing moves until that is out of the way.");
    }

    public static void Heading(string text)
    {
        Console.WriteLine();
        Console.WriteLine(text);
    }

    private static string Peak(double peak, double even) => double.IsInfinity(peak) ? "one that is to hold none holds some" : $"{peak:N0} ({(even > 0 ? peak / even : 1):F3} of what is even)";

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private static Table NewTable(string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(columns[0]);
        foreach (string column in columns[1..])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        return table;
    }

    private static void AddRow(Table table, string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);
}
