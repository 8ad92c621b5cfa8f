using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotMoverTests : SlotMoverContract, IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _databases;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    // One that has only read so far holds up nobody.
    protected override Task<DbTransaction> BeginSnapshotAsync(DbConnection connection)
    {
        var sqlite = (Microsoft.Data.Sqlite.SqliteConnection)connection;
        sqlite.DefaultTimeout = 1; // the driver would ask again for half a minute
        return Task.FromResult<DbTransaction>(sqlite.BeginTransaction(deferred: true));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() =>
        Task.FromResult(new TestDatabase(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, $"shard{_databases++}.db")}"));
}
