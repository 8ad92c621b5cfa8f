using ScalePrimitives.Hashing;
using Spectre.Console;

namespace Tour;

/// <summary>One cache server is too small: pages are spread over four, and a fifth joins while most pages stay where they are.</summary>
internal static class RingChapter
{
    public static void Run(RequestStream requests)
    {
        Chapter.Begin("3. Ring", "Pages spread over four cache servers, by the slot table, the default; then a fifth joins.");
        var before = new SlotTable<Node>(Enumerable.Range(1, 4).Select(i => new Node($"cache-{i}")));
        SlotTable<Node> after = before.Add(new Node("cache-5"));

        Table table = Chapter.Table("Server", "Pages of 4", "Requests of 4", "Pages of 5", "Requests of 5", "Share of hashes");
        for (int i = 0; i < after.Nodes.Count; i++)
        {
            Node node = after.Nodes[i];
            table.AddRow(
                node.Id,
                $"{requests.DistinctKeys.Count(key => before.GetNode(key).Id == node.Id):N0}",
                $"{requests.Keys.Count(key => before.GetNode(key).Id == node.Id):N0}",
                $"{requests.DistinctKeys.Count(key => after.GetNode(key).Id == node.Id):N0}",
                $"{requests.Keys.Count(key => after.GetNode(key).Id == node.Id):N0}",
                $"{after.Ownership[i]:P1}");
        }

        AnsiConsole.Write(table);
        int pages = requests.DistinctKeys.Count;
        int moved = requests.DistinctKeys.Count(key => before.GetNode(key).Id != after.GetNode(key).Id);
        int movedByModulo = requests.DistinctKeys.Count(key => KeyHash.Of(key) % 4 != KeyHash.Of(key) % 5);
        Table moves = Chapter.Table("When the fifth joins", "Pages that move", "Share");
        moves.AddRow("slot table", $"{moved:N0}", $"{(double)moved / pages:P1}");
        moves.AddRow("hash modulo servers", $"{movedByModulo:N0}", $"{(double)movedByModulo / pages:P1}");
        moves.AddRow("ideal: the fifth's even share", $"{pages / after.Nodes.Count:N0}", $"{1.0 / after.Nodes.Count:P1}");
        AnsiConsole.Write(moves);
        SlotTableDiff<Node> diff = SlotTable<Node>.Diff(before, after);
        Console.WriteLine($"The table says it before anything moves: {diff.MovedSlots:N0} of {after.SlotCount:N0} slots, {diff.MovedShare:P1} of the hashes, to {string.Join(", ", diff.Moves.Select(move => move.To!.Id).Distinct(StringComparer.Ordinal))}.");
    }
}
