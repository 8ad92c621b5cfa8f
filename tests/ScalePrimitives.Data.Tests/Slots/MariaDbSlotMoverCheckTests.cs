using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotMoverCheckTests(MariaDbServer server) : SlotMoverCheckContract
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
