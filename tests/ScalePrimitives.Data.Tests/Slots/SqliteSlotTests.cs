using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What tests of moves on SQLite alone have in common.</summary>
public abstract class SqliteSlotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _databases;

    protected static CancellationToken TestToken => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<SlotWorld> NewWorldAsync() => await SlotWorld.CreateAsync(NewDatabase(), NewDatabase());

    protected TestDatabase NewDatabase() => new(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, $"shard{_databases++}.db")}");
}
