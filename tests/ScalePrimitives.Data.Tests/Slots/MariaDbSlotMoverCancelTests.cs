using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotMoverCancelTests(MariaDbServer server) : SlotMoverCancelContract
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
