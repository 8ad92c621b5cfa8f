using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class PgBouncerShardOperationStoreTests(PgBouncerServer server) : SqlShardOperationStoreContract, IClassFixture<PgBouncerServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
