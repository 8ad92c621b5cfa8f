using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotFenceRepairTests(PostgresServer server) : SlotFenceRepairContract, IClassFixture<PostgresServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
