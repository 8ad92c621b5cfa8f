using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class MariaDbShardMapStoreTests(MariaDbServer server) : SqlShardMapStoreContract, IClassFixture<MariaDbServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
