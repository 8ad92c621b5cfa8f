using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotMoverCheckTests(PostgresServer server) : SlotMoverCheckContract, IClassFixture<PostgresServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
