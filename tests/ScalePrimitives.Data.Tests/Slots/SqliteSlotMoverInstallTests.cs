using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotMoverInstallTests : SlotMoverInstallContract, IDisposable
{
    private readonly SqliteFiles _files = new();

    public void Dispose() => _files.Dispose();

    protected override Task<TestDatabase> NewDatabaseAsync() => Task.FromResult(_files.NewDatabase());

    protected override string[] WidenKey(string table, string column) => []; // where every number has 64 bits
}
