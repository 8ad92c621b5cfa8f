using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Data.Tests.Slots;

namespace ScalePrimitives.Data.Tests;

public sealed class PgBouncerSlotMigrationStoreTests(PgBouncerServer server) : SqlSlotMigrationStoreContract, IClassFixture<PgBouncerServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
