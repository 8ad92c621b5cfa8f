using ScalePrimitives.Hashing;
using Spectre.Console;

namespace RingPlanner;

/// <summary>Prints a plan, ring and slot table side by side.</summary>
internal static class Report
{
    public static void Write(TopologyChange change, IReadOnlyList<Placement> placements, bool listMoves)
    {
        Heading(change.IsChange ? "Now" : "Who owns what");
        WriteOwnership(change.Before, placements, placement => placement.Before);
        if (!change.IsChange)
        {
            return;
        }

        Heading("Then");
        WriteOwnership(change.After, placements, placement => placement.After);
        Heading("What moves");
        WriteMoves(change, placements);
        if (listMoves)
        {
            foreach (Placement placement in placements)
            {
                Heading($"What moves on the {placement.Name}, range by range");
                foreach (Move move in placement.Moves)
                {
                    Console.WriteLine($"{move.Range}  {move.From} -> {move.To}  {move.Share:P4}");
                }
            }
        }
    }

    private static void WriteOwnership(IReadOnlyList<Node> nodes, IReadOnlyList<Placement> placements, Func<Placement, IReadOnlyDictionary<string, double>> shares)
    {
        Table table = NewTable(["Node", "Zone", "Weight", "Due", .. placements.Select(placement => $"On the {placement.Name}")], texts: 2);
        foreach (Node node in nodes.OrderBy(node => node.Id, StringComparer.Ordinal))
        {
            AddRow(table, [node.Id, node.Zone ?? "", $"{node.Weight}", $"{TopologyChange.DueShare(nodes, node.Id):P2}", .. placements.Select(placement => $"{shares(placement)[node.Id]:P2}")]);
        }

        // Load relative to what the weight entitles to: 1 is perfect; the peak decides how much hardware the fleet needs.
        table.AddEmptyRow();
        AddRow(table, ["busiest / due", "", "", "1.000", .. placements.Select(placement => $"{Loads(placement).Max():F3}")]);
        AddRow(table, ["idlest / due", "", "", "1.000", .. placements.Select(placement => $"{Loads(placement).Min():F3}")]);
        AnsiConsole.Write(table);

        IEnumerable<double> Loads(Placement placement) => nodes.Select(node => shares(placement)[node.Id] / TopologyChange.DueShare(nodes, node.Id));
    }

    private static void WriteMoves(TopologyChange change, IReadOnlyList<Placement> placements)
    {
        Table table = NewTable(["From", "To", .. placements.Select(placement => $"On the {placement.Name}")], texts: 2);
        var pairs = placements.SelectMany(placement => placement.Moves).Select(move => (move.From, move.To)).Distinct()
            .OrderBy(pair => pair.From, StringComparer.Ordinal).ThenBy(pair => pair.To, StringComparer.Ordinal);
        var sums = placements.Select(placement => placement.Moves.GroupBy(move => (move.From, move.To)).ToDictionary(group => group.Key, group => group.Sum(move => move.Share))).ToList();
        foreach ((string From, string To) pair in pairs)
        {
            AddRow(table, [pair.From, pair.To, .. sums.Select(sum => $"{sum.GetValueOrDefault(pair):P3}")]);
        }

        table.AddEmptyRow();
        AddRow(table, ["all that moves", "", .. placements.Select(placement => $"{placement.MovedShare:P3}")]);
        AddRow(table, ["the least possible", "", .. placements.Select(_ => $"{change.LeastMovedShare:P3}")]);
        AnsiConsole.Write(table);
    }

    private static void Heading(string text)
    {
        Console.WriteLine();
        Console.WriteLine(text);
    }

    private static Table NewTable(string[] columns, int texts)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            table.AddColumn(i < texts ? new TableColumn(columns[i]) : new TableColumn(columns[i]).RightAligned());
        }

        return table;
    }

    private static void AddRow(Table table, string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);
}
