using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PgBouncerSettingsTests(PgBouncerServer server) : PostgresSettingsContract, IClassFixture<PgBouncerServer>
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
