using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class SqliteShardOperationStoreTests : SqlShardOperationStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => Task.FromResult(new TestDatabase(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, "operations.db")}"));
}
