using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class MariaDbShardOperationStoreTests(MariaDbServer server) : SqlShardOperationStoreContract, IClassFixture<MariaDbServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
