using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotAcceptanceTests : ServerSlotAcceptanceContract<PostgresServer>
{
    // The server runs without, by which commits that were acknowledged would go with it.
    protected override TestDatabase Durable(TestDatabase database) => database with { ConnectionString = database.ConnectionString + ";Options=-c synchronous_commit=on" };
}
