using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotMoverLimitsTests(MariaDbServer server) : SlotMoverLimitsContract
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
