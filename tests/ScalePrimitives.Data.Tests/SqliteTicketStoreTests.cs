using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class SqliteTicketStoreTests : SqlTicketStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _files;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    protected override Task<TestDatabase> NewDatabaseAsync() =>
        Task.FromResult(new TestDatabase(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, $"{_files++}.db")}"));

    [Theory]
    [InlineData("")]
    [InlineData("1tickets")]
    [InlineData("tickets; DROP TABLE users")]
    [InlineData("ticketsticketsticketsticketsticketsticketsticketsti")]
    public async Task A_table_whose_name_is_none_is_refused(string table)
    {
        TestDatabase database = await NewDatabaseAsync();
        Assert.Throws<ArgumentException>(nameof(table), () => new SqlTicketStore(database.Open(), SqlDialect.Sqlite, table));
        Assert.Throws<ArgumentNullException>("dataSource", () => new SqlTicketStore(null!, SqlDialect.Sqlite));
        Assert.Throws<ArgumentOutOfRangeException>("dialect", () => new SqlTicketStore(database.Open(), (SqlDialect)3));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("residue", () => new SqlTicketStore(database.Open(), SqlDialect.Sqlite).CreateMasterSchemaAsync(65, cancellationToken: TestContext.Current.CancellationToken));
    }

    // The pool hands the next caller the connection that the last one left, and its settings with it.
    [Fact]
    public async Task It_commits_with_synchronous_FULL_whatever_the_connection_was_set_to()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlTicketStore(source, SqlDialect.Sqlite);
        await store.CreateSchemaAsync(token);
        await using (DbCommand off = source.CreateCommand("PRAGMA synchronous = OFF"))
        {
            await off.ExecuteNonQueryAsync(token);
        }

        await store.ReserveAsync("orders", 1, cancellationToken: token);
        await using DbCommand read = source.CreateCommand("PRAGMA synchronous");
        Assert.Equal(2L, await read.ExecuteScalarAsync(token));
    }
}
