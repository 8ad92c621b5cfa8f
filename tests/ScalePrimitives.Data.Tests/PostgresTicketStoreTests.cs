using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class PostgresTicketStoreTests(PostgresServer server) : SqlTicketStoreContract, IClassFixture<PostgresServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
