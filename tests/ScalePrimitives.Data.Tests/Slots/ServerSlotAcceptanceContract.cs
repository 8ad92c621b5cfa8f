using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>The same where shards are on servers, one each, that can be killed.</summary>
public abstract class ServerSlotAcceptanceContract<TServer> : SlotAcceptanceContract, IAsyncLifetime
    where TServer : DatabaseServer, new()
{
    private readonly TServer _a = new();
    private readonly TServer _b = new();

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
        GC.SuppressFinalize(this);
    }

    protected override async Task<(TestDatabase A, TestDatabase B)> NewShardsAsync() => (Durable(await _a.NewDatabaseAsync()), Durable(await _b.NewDatabaseAsync()));

    protected override Task CrashAsync(string shard) => (shard == "a" ? _a : _b).CrashAsync();

    /// <summary>Makes a database one that keeps what it acknowledged, though its server be killed.</summary>
    protected virtual TestDatabase Durable(TestDatabase database) => database;
}
