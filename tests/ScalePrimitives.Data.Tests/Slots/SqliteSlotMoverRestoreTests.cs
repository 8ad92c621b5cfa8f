using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotMoverRestoreTests : SlotMoverRestoreContract, IDisposable
{
    private readonly SqliteFiles _files = new();

    public void Dispose() => _files.Dispose();

    protected override Task<TestDatabase> NewDatabaseAsync() => Task.FromResult(_files.NewDatabase());
}
