using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotMigrationStoreTests : SqlSlotMigrationStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => Task.FromResult(new TestDatabase(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, "migrations.db")}"));
}
