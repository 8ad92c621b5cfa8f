using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotMigrationStoreTests(PostgresServer server) : SqlSlotMigrationStoreContract, IClassFixture<PostgresServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
