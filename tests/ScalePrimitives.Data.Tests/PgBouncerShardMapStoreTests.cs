using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class PgBouncerShardMapStoreTests(PgBouncerServer server) : SqlShardMapStoreContract, IClassFixture<PgBouncerServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
