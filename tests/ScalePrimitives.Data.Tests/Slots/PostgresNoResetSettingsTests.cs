using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

// As behind PgBouncer, where the driver is told not to reset.
public sealed class PostgresNoResetSettingsTests(PostgresServer server) : PostgresSettingsContract, IClassFixture<PostgresServer>
{
    protected override async Task<TestDatabase> NewDatabaseAsync()
    {
        TestDatabase database = await server.NewDatabaseAsync();
        return database with { ConnectionString = database.ConnectionString + ";No Reset On Close=true" };
    }
}
