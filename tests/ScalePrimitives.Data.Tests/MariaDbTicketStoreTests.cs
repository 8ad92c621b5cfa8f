using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class MariaDbTicketStoreTests(MariaDbServer server) : SqlTicketStoreContract, IClassFixture<MariaDbServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    [Fact]
    public async Task A_server_that_may_lose_commits_is_refused()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlTicketStore(source, SqlDialect.MySql);
        await store.CreateSchemaAsync(token);
        await SetFlushAsync(source, 2);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.ReserveAsync("orders", 1, cancellationToken: token));
        Assert.Contains("innodb_flush_log_at_trx_commit = 2", refused.Message, StringComparison.Ordinal);
        await SetFlushAsync(source, 1);
        Assert.Equal(1, (await store.ReserveAsync("orders", 1, cancellationToken: token)).First);
    }

    private static async Task SetFlushAsync(DbDataSource source, int value)
    {
        await using DbCommand command = source.CreateCommand($"SET GLOBAL innodb_flush_log_at_trx_commit = {value}");
        await command.ExecuteNonQueryAsync();
    }
}
