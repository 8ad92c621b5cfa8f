using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class MariaDbSlotMoverTests(MariaDbServer server) : ConcurrentSlotMoverContract, IClassFixture<MariaDbServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
