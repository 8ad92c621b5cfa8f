using System.Data.Common;
using System.Net;
using System.Net.Sockets;

namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A server of the tests' own: its data in a folder that goes with it, on a free port of this machine.</summary>
public abstract class DatabaseServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _databases;
    private int _users;

    /// <summary>Gets what to install where the server's program is missing.</summary>
    protected internal abstract string Package { get; }

    protected internal abstract bool IsInstalled { get; }

    protected internal int Port { get; } = FreePort();

    /// <summary>Gets the user who owns all.</summary>
    protected internal abstract string Owner { get; }

    protected abstract SqlDialect Dialect { get; }

    /// <summary>Gets the options that the server starts with besides its own: <c>--name=value</c> each.</summary>
    protected virtual IEnumerable<string> Options => [];

    protected string Folder => _folder.Path;

    public async ValueTask InitializeAsync()
    {
        if (IsInstalled)
        {
            await CreateAsync();
            await StartAsync();
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (IsInstalled)
        {
            await KillAsync();
        }

        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a database of a test's own. Skips the test where the server is not installed, or fails it where it must be.</summary>
    /// <param name="options">What <c>CREATE DATABASE</c> ends with.</param>
    public async Task<TestDatabase> NewDatabaseAsync(string options = "")
    {
        string reason = $"The server is not installed: apt-get install {Package}";
        if (!IsInstalled && Environment.GetEnvironmentVariable("SCALEPRIMITIVES_REQUIRE_ENGINES") == "1")
        {
            Assert.Fail(reason);
        }

        Assert.SkipUnless(IsInstalled, reason);
        string database = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(database: null, $"CREATE DATABASE {database} {options}");
        return new TestDatabase(Dialect, ConnectionString(database, Owner));
    }

    /// <summary>Opens a database as a new user, who owns nothing and may do what is granted.</summary>
    /// <param name="database">The database.</param>
    /// <param name="grants">What is granted, as it stands between <c>GRANT</c> and <c>TO</c>.</param>
    public async Task<TestDatabase> AsNewUserAsync(TestDatabase database, params string[] grants)
    {
        string user = $"user{Interlocked.Increment(ref _users)}";
        string name = (string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["Database"];
        await ExecuteAsync(name, [CreateUser(user), .. grants.Select(grant => $"GRANT {grant} TO {user}")]);
        return database with { ConnectionString = ConnectionString(name, user) };
    }

    /// <summary>Stops the server where it is: it answers nobody, and keeps its connections.</summary>
    public async Task SuspendAsync() => await Command.RunAsync("kill", ["-STOP", .. ProcessIds()]);

    /// <summary>Lets the server go on.</summary>
    public async Task ResumeAsync() => await Command.RunAsync("kill", ["-CONT", .. ProcessIds()]);

    /// <summary>Ends the server at once, as a power failure would, and starts it again.</summary>
    public async Task CrashAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    protected abstract Task CreateAsync();

    protected abstract Task StartAsync();

    protected abstract Task KillAsync();

    /// <summary>Runs statements as the owner of all, in a database or in none of the tests'.</summary>
    protected internal virtual async Task ExecuteAsync(string? database, params IEnumerable<string> statements)
    {
        await using DbDataSource source = new TestDatabase(Dialect, ConnectionString(database ?? "", Owner)).Open();
        foreach (string statement in statements)
        {
            await using DbCommand command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Makes the statement that creates a user.</summary>
    protected internal abstract string CreateUser(string user);

    /// <summary>Lists the server's processes, those of its connections too.</summary>
    protected internal abstract IEnumerable<string> ProcessIds();

    protected abstract string ConnectionString(string database, string user);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
