using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What tests of moves on MariaDB alone have in common.</summary>
[Collection(typeof(SharedMariaDb))]
public abstract class MariaDbSlotTests(MariaDbServer server) : SlotContract
{
    protected MariaDbServer Server => server;

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    /// <summary>Makes a world of two databases.</summary>
    /// <param name="connection">What the connection strings of both end with.</param>
    /// <param name="database">What <c>CREATE DATABASE</c> ends with.</param>
    private protected async Task<SlotWorld> NewWorldAsync(string connection, string database = "") =>
        await SlotWorld.CreateAsync(await NewDatabaseAsync(connection, database), await NewDatabaseAsync(connection, database));

    protected async Task<TestDatabase> NewDatabaseAsync(string connection, string database = "")
    {
        TestDatabase created = await server.NewDatabaseAsync(database);
        return created with { ConnectionString = created.ConnectionString + connection };
    }

    /// <summary>Sets a setting of the server, which connections that are opened from then on have, until what is returned is disposed of.</summary>
    protected async Task<IAsyncDisposable> SetAsync(string setting, string value)
    {
        await server.NewDatabaseAsync(); // which skips where there is no server
        await server.ExecuteAsync(null, $"SET GLOBAL {setting} = {value}");
        return new Undone(() => server.ExecuteAsync(null, $"SET GLOBAL {setting} = DEFAULT"));
    }

    private sealed class Undone(Func<Task> undo) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await undo();
    }
}
