using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

[Collection(typeof(SharedMariaDb))]
public sealed class MariaDbSlotMoverInstallTests(MariaDbServer server) : SlotMoverInstallContract
{
    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    protected override string[] WidenKey(string table, string column) => [$"ALTER TABLE {table} MODIFY {column} BIGINT NOT NULL"];
}
