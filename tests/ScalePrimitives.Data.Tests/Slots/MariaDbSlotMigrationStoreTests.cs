using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class MariaDbSlotMigrationStoreTests(MariaDbServer server) : SqlSlotMigrationStoreContract, IClassFixture<MariaDbServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
