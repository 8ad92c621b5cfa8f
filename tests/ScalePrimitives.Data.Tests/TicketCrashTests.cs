using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Data.Tests;

/// <summary>Whatever is killed at whatever moment, no number is handed out twice.</summary>
public sealed class TicketCrashTests(PostgresServer postgres, MariaDbServer mariaDb) : IClassFixture<PostgresServer>, IClassFixture<MariaDbServer>
{
    private const int ClientKills = 20;
    private const int ServerKills = 20;

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_of_SQLite_is_killed()
    {
        using var folder = new TemporaryFolder();
        await KillClientsAsync(new TestDatabase(SqlDialect.Sqlite, $"Data Source={Path.Combine(folder.Path, "tickets.db")}"));
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    [Fact]
    public async Task A_client_of_PostgreSQL_is_killed() => await KillClientsAsync(await postgres.NewDatabaseAsync());

    [Fact]
    public async Task A_client_of_MariaDB_is_killed() => await KillClientsAsync(await mariaDb.NewDatabaseAsync());

    [Fact]
    public async Task PostgreSQL_is_killed() => await KillServerAsync(postgres, await postgres.NewDatabaseAsync());

    [Fact]
    public async Task MariaDB_is_killed() => await KillServerAsync(mariaDb, await mariaDb.NewDatabaseAsync());

    private static async Task KillClientsAsync(TestDatabase database)
    {
        await using DbDataSource source = database.Open();
        await new SqlTicketStore(source, database.Dialect).CreateSchemaAsync(TestToken);
        var random = new Random(1);
        var drawn = new HashSet<long>();
        for (int kill = 0; kill < ClientKills; kill++)
        {
            using Process client = Command.Start("dotnet", typeof(TicketDrawer.Databases).Assembly.Location, database.Dialect.ToString(), database.ConnectionString, "orders");
            for (int numbers = random.Next(1, 200); numbers > 0; numbers--)
            {
                AddOnce(drawn, await client.StandardOutput.ReadLineAsync(TestToken));
            }

            client.Kill();

            // What it had printed before it died counts too; a last line may be cut off.
            string rest = await client.StandardOutput.ReadToEndAsync(TestToken);
            foreach (string line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                AddOnce(drawn, line);
            }
        }
    }

    // One draws without end, and the server is killed while it does; what the client was told before it failed stays its own.
    private static async Task KillServerAsync(DatabaseServer server, TestDatabase database)
    {
        await using DbDataSource source = database.Open();
        var store = new SqlTicketStore(source, database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        var random = new Random(1);
        var drawn = new HashSet<long>();
        for (int kill = 0; kill < ServerKills; kill++)
        {
            var enough = new TaskCompletionSource();
            int wanted = drawn.Count + random.Next(1, 100);
            Task drawing = Task.Run(async () => await DrawUntilItFailsAsync(store, drawn, wanted, enough), TestToken);
            await Task.WhenAny(enough.Task, drawing);
            await server.CrashAsync();
            await drawing;
            Assert.True(enough.Task.IsCompleted, "The server failed before it was killed.");
        }

        TicketBlock last = await store.ReserveAsync("orders", 1, cancellationToken: TestToken);
        Assert.True(last.First > drawn.Max());
    }

    private static async Task DrawUntilItFailsAsync(SqlTicketStore store, HashSet<long> drawn, int wanted, TaskCompletionSource enough)
    {
        try
        {
            while (true)
            {
                TicketBlock block = await store.ReserveAsync("orders", 1, cancellationToken: TestToken);
                Assert.True(drawn.Add(block.First), $"{block.First} was handed out twice.");
                if (drawn.Count >= wanted)
                {
                    enough.TrySetResult();
                }
            }
        }
        catch (DbException)
        {
            // the server is gone
        }
    }

    private static void AddOnce(HashSet<long> drawn, string? line)
    {
        Assert.True(long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long number), $"The client printed no number but '{line}'.");
        Assert.True(drawn.Add(number), $"{number} was handed out twice.");
    }
}
