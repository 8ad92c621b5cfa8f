using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotAcceptanceTests : SlotAcceptanceContract, IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    protected override bool HasServers => false;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    protected override Task<(TestDatabase A, TestDatabase B)> NewShardsAsync() => Task.FromResult((NewShard("a"), NewShard("b")));

    protected override Task CrashAsync(string shard) => Task.CompletedTask;

    private TestDatabase NewShard(string id) => new(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, $"{id}.db")}");
}
