using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class MariaDbSlotAcceptanceTests : SlotAcceptanceContract, IAsyncLifetime
{
    private readonly MariaDbServer _a = new();
    private readonly MariaDbServer _b = new();

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

    protected override async Task<(TestDatabase A, TestDatabase B)> NewShardsAsync() => (await _a.NewDatabaseAsync(), await _b.NewDatabaseAsync());

    protected override Task CrashAsync(string shard) => (shard == "a" ? _a : _b).CrashAsync();
}
