using Microsoft.Data.Sqlite;
using ScalePrimitives.Data;
using ScalePrimitives.Ids;
using Spectre.Console;

namespace Tour;

/// <summary>Two servers write now: each record needs an id that no other server gives out.</summary>
internal static class IdChapter
{
    public static async Task RunAsync(RequestStream requests)
    {
        Chapter.Begin("2. Ids", "Every request gets an id, from several issuers that do not ask each other for each one.");
        int count = requests.Keys.Count;
        string file = Path.Combine(Path.GetTempPath(), $"tour-{Guid.NewGuid():N}.db");
        try
        {
            var database = SqliteFactory.Instance.CreateDataSource($"Data Source={file}");
            Table table = Chapter.Table("Kind", "Issued", "Distinct", "First", "As text");

            // Each server holds a worker number for a while; the database keeps two from holding the same one.
            var leases = new SqlWorkerLeaseStore(database, SqlDialect.Sqlite);
            await leases.CreateSchemaAsync();
            var space = new WorkerSpace("requests", SnowflakeLayout.Twitter);
            await using WorkerLease first = await WorkerLease.AcquireAsync(leases, space);
            await using WorkerLease second = await WorkerLease.AcquireAsync(leases, space);
            long[] snowflakes = Issue(count, [first.Generator, second.Generator]);
            AddRow(table, "Snowflake (2 servers under leases)", snowflakes, id => IdText.Format(id, IdEncoding.Base62));

            // Small numbers without a clock: reserved in the database block by block.
            var tickets = new SqlTicketStore(database, SqlDialect.Sqlite);
            await tickets.CreateSchemaAsync();
            long[] numbers = Issue(count, [new TicketGenerator(tickets, "requests"), new TicketGenerator(tickets, "requests")]);
            AddRow(table, "Tickets (2 servers, one SQLite file)", numbers, id => IdText.Format(id, IdEncoding.Crockford32));

            Guid[] uuids = Issue(count, [new UuidV7Generator(), new UuidV7Generator()]);
            AddRow(table, "UUID version 7", uuids, id => IdText.Format(id, IdEncoding.Crockford32));
            AnsiConsole.Write(table);
            foreach (long id in snowflakes[..2])
            {
                SnowflakeParts parts = SnowflakeLayout.Twitter.Decode(id);
                Console.WriteLine($"{id} was issued at {parts.Timestamp:yyyy-MM-dd HH:mm:ss.fff} UTC by server {parts.Server} of datacenter {parts.Datacenter}, sequence {parts.Sequence}.");
            }

            Console.WriteLine($"The leases: worker {first.Grant.Worker} and worker {second.Grant.Worker}, to {first.Grant.NotAfter:HH:mm:ss} unless renewed.");
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            File.Delete(file);
        }
    }

    private static TId[] Issue<TId>(int count, IIdGenerator<TId>[] servers)
    {
        var ids = new TId[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = servers[i % servers.Length].Next();
        }

        return ids;
    }

    private static void AddRow<TId>(Table table, string kind, TId[] ids, Func<TId, string> text) =>
        table.AddRow(kind, $"{ids.Length:N0}", $"{ids.Distinct().Count():N0}", $"{ids[0]}", text(ids[0]));
}
