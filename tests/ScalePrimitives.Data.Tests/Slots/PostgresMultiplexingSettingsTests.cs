using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

// Statements outside a transaction go to whichever connection is free.
public sealed class PostgresMultiplexingSettingsTests(PostgresServer server) : PostgresSettingsContract, IClassFixture<PostgresServer>
{
    protected override async Task<TestDatabase> NewDatabaseAsync()
    {
        TestDatabase database = await server.NewDatabaseAsync();
        return database with { ConnectionString = database.ConnectionString + ";Multiplexing=true" };
    }
}
