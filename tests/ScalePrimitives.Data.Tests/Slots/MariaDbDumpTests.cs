using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class MariaDbDumpTests(MariaDbServer server) : IClassFixture<MariaDbServer>
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    // A dump puts a trigger into a comment, which any comment within would end: the dump of the shard could not be read.
    [Fact]
    public async Task A_shard_comes_out_of_a_dump_and_refuses_what_it_refused()
    {
        TestDatabase shard = await server.NewDatabaseAsync();
        TestDatabase copy = await server.NewDatabaseAsync();
        await using SlotWorld world = await SlotWorld.CreateAsync(shard, await server.NewDatabaseAsync());
        await world.ExecuteAsync("a", "INSERT INTO orders VALUES (0, 1, 1, 'here')");
        await new SqlSlotMover(world.Fence, [new SlotTable("orders"), new SlotTable("order_lines")], id => world.Sources[id]).InstallAsync("a", TestToken);
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "dump.sql");
        string[] address = ["--no-defaults", "--host=127.0.0.1", $"--port={server.Port}", $"--user={server.Owner}"];

        await Command.RunAsync("mariadb-dump", [.. address, "--single-transaction", $"--result-file={file}", NameOf(shard)]);
        await Command.RunAsync("mariadb", [.. address, NameOf(copy), "-e", $"source {file}"]);

        await using DbDataSource source = copy.Open();
        await using DbCommand count = source.CreateCommand("SELECT COUNT(*) FROM orders WHERE body = 'here'");
        Assert.Equal(1L, await count.ExecuteScalarAsync(TestToken));
        await using DbCommand foreign = source.CreateCommand("INSERT INTO orders VALUES (4, 2, 1, 'not here')");
        DbException refused = await Assert.ThrowsAnyAsync<DbException>(() => foreign.ExecuteNonQueryAsync(TestToken));
        Assert.Contains("refuses writes", refused.Message, StringComparison.Ordinal);
    }

    private static string NameOf(TestDatabase database) => (string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["Database"];
}
