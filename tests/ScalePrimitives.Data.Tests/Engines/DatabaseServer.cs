using System.Net;
using System.Net.Sockets;

namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A server of the tests' own: its data in a folder that goes with it, on a free port of this machine.</summary>
public abstract class DatabaseServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private int _databases;

    /// <summary>Gets what to install where the server's program is missing.</summary>
    protected abstract string Package { get; }

    protected abstract SqlDialect Dialect { get; }

    protected abstract bool IsInstalled { get; }

    protected string Folder => _folder.Path;

    protected int Port { get; } = FreePort();

    public async ValueTask InitializeAsync()
    {
        if (IsInstalled)
        {
            await CreateAsync();
            await StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (IsInstalled)
        {
            await KillAsync();
        }

        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a database of a test's own. Skips the test where the server is not installed, or fails it where it must be.</summary>
    public async Task<TestDatabase> NewDatabaseAsync()
    {
        string reason = $"The server is not installed: apt-get install {Package}";
        if (!IsInstalled && Environment.GetEnvironmentVariable("SCALEPRIMITIVES_REQUIRE_ENGINES") == "1")
        {
            Assert.Fail(reason);
        }

        Assert.SkipUnless(IsInstalled, reason);
        string database = $"test{Interlocked.Increment(ref _databases)}";
        await CreateDatabaseAsync(database);
        return new TestDatabase(Dialect, ConnectionString(database));
    }

    /// <summary>Ends the server at once, as a power failure would, and starts it again.</summary>
    public async Task CrashAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    protected abstract Task CreateAsync();

    protected abstract Task StartAsync();

    protected abstract Task KillAsync();

    protected abstract string ConnectionString(string database);

    protected abstract Task CreateDatabaseAsync(string database);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
