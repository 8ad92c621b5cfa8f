using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotMoverUninstallTests(PostgresServer server) : SlotMoverUninstallContract, IClassFixture<PostgresServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
