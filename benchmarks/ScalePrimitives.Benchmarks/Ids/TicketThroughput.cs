using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using ScalePrimitives.Data;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids;

/// <summary>
/// How many tickets a second come out of each engine, by the size of the blocks? Every block is durable before one of its tickets is handed out.
/// The command <c>ticket-throughput</c>: SQLite always, the servers by connection strings, which <c>benchmarks/with-engines</c> sets.
/// </summary>
internal static class TicketThroughput
{
    private static readonly int[] Blocks = [1, 256, 4_096, 65_536, 1 << 20];

    public static Command Create()
    {
        var seconds = new Option<double>("--seconds") { Description = "How long each row is measured", DefaultValueFactory = _ => 3 };
        var command = new Command("ticket-throughput", "Measures tickets a second over each engine. Connection strings: variables BENCHMARK_POSTGRES and BENCHMARK_MYSQL.") { seconds };
        command.SetAction((parsed, _) => PrintAsync(TimeSpan.FromSeconds(parsed.GetValue(seconds))));
        return command;
    }

    private static async Task PrintAsync(TimeSpan duration)
    {
        Console.WriteLine("| | block | threads | tickets a second | ns a ticket | reservations a second |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
        string file = Path.Combine(Path.GetTempPath(), $"tickets-{Guid.NewGuid():N}.db");
        await EngineAsync("SQLite, FULL", SqliteFactory.Instance.CreateDataSource($"Data Source={file}"), SqlDialect.Sqlite, duration);
        SqliteConnection.ClearAllPools();
        File.Delete(file);
        if (Environment.GetEnvironmentVariable("BENCHMARK_POSTGRES") is { } postgres)
        {
            await EngineAsync("PostgreSQL", NpgsqlDataSource.Create(postgres), SqlDialect.PostgreSql, duration);
        }

        if (Environment.GetEnvironmentVariable("BENCHMARK_MYSQL") is { } mysql)
        {
            await EngineAsync("MariaDB", new MySqlDataSource(mysql), SqlDialect.MySql, duration);
        }
    }

    private static async Task EngineAsync(string name, DbDataSource source, SqlDialect dialect, TimeSpan duration)
    {
        await using (source)
        {
            var store = new SqlTicketStore(source, dialect);
            await store.CreateSchemaAsync();
            foreach (int block in Blocks)
            {
                foreach (int threads in (int[])[1, 2])
                {
                    Row(name, store, block, threads, duration);
                }
            }
        }
    }

    private static void Row(string name, SqlTicketStore store, int block, int threads, TimeSpan duration)
    {
        var generator = new TicketGenerator(store, string.Create(CultureInfo.InvariantCulture, $"block-{block}-{threads}"), new TicketOptions { InitialBlock = block, MaxBlock = block });
        Draw(generator, block, duration / 10); // compiles, opens the connections, and is not told
        long[] drawn = new long[threads];
        long start = Stopwatch.GetTimestamp();
        Thread[] running = [.. Enumerable.Range(0, threads).Select(index => new Thread(() => drawn[index] = Draw(generator, block, duration)))];
        Array.ForEach(running, thread => thread.Start());
        Array.ForEach(running, thread => thread.Join());
        double perSecond = drawn.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {block:N0} | {threads} | {perSecond:N0} | {1e9 * threads / perSecond:F1} | {perSecond / block:N0} |"));
    }

    // The time is asked for once a block or 4,096 tickets, whichever is less, so that it does not count.
    private static long Draw(TicketGenerator generator, int block, TimeSpan duration)
    {
        int run = Math.Min(block, 4_096);
        long drawn = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration; drawn += run)
        {
            for (int i = 0; i < run; i++)
            {
                generator.Next();
            }
        }

        return drawn;
    }
}
