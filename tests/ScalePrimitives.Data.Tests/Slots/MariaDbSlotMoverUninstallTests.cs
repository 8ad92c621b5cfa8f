using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotMoverUninstallTests(MariaDbServer server) : SlotMoverUninstallContract
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
