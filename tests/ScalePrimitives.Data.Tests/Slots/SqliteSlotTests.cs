using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What tests of moves on SQLite alone have in common.</summary>
public abstract class SqliteSlotTests : SlotContract, IDisposable
{
    private readonly SqliteFiles _files = new();

    public void Dispose()
    {
        _files.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => Task.FromResult(_files.NewDatabase());
}
