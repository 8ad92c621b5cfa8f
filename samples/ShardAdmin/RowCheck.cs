using ScalePrimitives.Sharding;
using Spectre.Console;
using Tour;

namespace ShardAdmin;

/// <summary>Reads every row once, wherever its slot is now, and compares it with the recording: its slot is the one of its page, no number comes twice, none is missing.</summary>
internal static class RowCheck
{
    public static async Task RunAsync(Cluster cluster, RequestStream recorded, bool isLoaded, Findings findings, CancellationToken cancellationToken)
    {
        var seen = new string?[recorded.Keys.Count];
        var contents = new List<(string Shard, long Rows, ulong Checksum)>();
        ScatterResult<List<(int Slot, Request Request)>> read = await cluster.QueryAsync(
            slots => $"SELECT slot, number, page FROM {RequestTable.Name} WHERE slot IN ({slots})",
            static row => (row.GetInt32(0), new Request(row.GetInt64(1), row.GetInt64(2))),
            cancellationToken);
        foreach ((string shard, List<(int Slot, Request Request)> rows) in read.Answers)
        {
            ulong checksum = 0;
            foreach ((int slot, Request request) in rows)
            {
                Check(cluster.Strategy, recorded, seen, shard, slot, request, findings);
                checksum = unchecked(checksum + RequestTable.Checksum(request));
            }

            contents.Add((shard, rows.Count, checksum));
        }

        ulong whole = recorded.Keys.Select((page, number) => RequestTable.Checksum(new Request(number, page))).Aggregate(0UL, (sum, each) => unchecked(sum + each));
        var together = (Shard: "together", Rows: contents.Sum(each => each.Rows), Checksum: contents.Aggregate(0UL, (sum, each) => unchecked(sum + each.Checksum)));
        Write([.. contents, together, ("recorded", recorded.Keys.Count, whole)]);
        int missing = seen.Count(each => each is null);
        if (!isLoaded)
        {
            Console.WriteLine($"load has not come to its end: {Text.Count(missing, "recorded request")} not there yet.");
        }
        else if (missing > 0 || together.Checksum != whole)
        {
            findings.Add("what is there is not what was recorded", $"{Text.Count(missing, "request")} missing, checksum {together.Checksum:x16} and not {whole:x16}");
        }
    }

    private static void Check(HashShardStrategy<long> strategy, RequestStream recorded, string?[] seen, string shard, int slot, Request request, Findings findings)
    {
        string row = $"request {request.Number} for page {request.Page} in slot {slot} on '{shard}'";
        if (request.Number < 0 || request.Number >= seen.Length || recorded.Keys[(int)request.Number] != request.Page)
        {
            findings.Add("a row was never recorded", row);
            return;
        }

        if (strategy.GetSlot(request.Page) != slot)
        {
            findings.Add("a row has a slot that is not its page's", $"{row}, and not {strategy.GetSlot(request.Page)}");
        }

        if (seen[request.Number] is { } first)
        {
            findings.Add("a row is there twice", $"{row}, and on '{first}'");
        }

        seen[request.Number] = shard;
    }

    private static void Write(IReadOnlyList<(string Shard, long Rows, ulong Checksum)> contents)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("Shard").AddColumn(new TableColumn("Rows").RightAligned()).AddColumn(new TableColumn("Checksum").RightAligned());
        foreach ((string shard, long rows, ulong checksum) in contents)
        {
            table.AddRow(Markup.Escape(shard), $"{rows:N0}", $"{checksum:x16}");
        }

        AnsiConsole.Write(table);
    }
}
