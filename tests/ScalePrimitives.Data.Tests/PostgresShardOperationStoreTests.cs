using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class PostgresShardOperationStoreTests(PostgresServer server) : SqlShardOperationStoreContract, IClassFixture<PostgresServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
