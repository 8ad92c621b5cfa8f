using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

public sealed class PgBouncerTicketStoreTests(PgBouncerServer server) : SqlTicketStoreContract, IClassFixture<PgBouncerServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
