using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotAcceptanceTests : SlotAcceptanceContract, IAsyncLifetime
{
    private readonly PostgresServer _a = new();
    private readonly PostgresServer _b = new();

    protected override bool HasServers => true;

    public async ValueTask InitializeAsync()
    {
        await _a.InitializeAsync();
        await _b.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    protected override async Task<(TestDatabase A, TestDatabase B)> NewShardsAsync() => (Durable(await _a.NewDatabaseAsync()), Durable(await _b.NewDatabaseAsync()));

    // The server runs without, by which commits that were acknowledged would go with it.
    private static TestDatabase Durable(TestDatabase database) => database with { ConnectionString = database.ConnectionString + ";Options=-c synchronous_commit=on" };

    protected override Task CrashAsync(string shard) => (shard == "a" ? _a : _b).CrashAsync();
}
