using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotFenceRepairTests(MariaDbServer server) : SlotFenceRepairContract
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
