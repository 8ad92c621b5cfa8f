using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Databases of SQLite in a folder that goes with them.</summary>
internal sealed class SqliteFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _databases;

    public TestDatabase NewDatabase() => new(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, $"shard{_databases++}.db")}");

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }
}
