using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>
/// PgBouncer in transaction mode before a PostgreSQL of its own. Each transaction, and each statement outside one,
/// gets whichever connection of the server is free, with whatever settings the last one left there.
/// </summary>
public sealed class PgBouncerServer : DatabaseServer
{
    private const string Program = "/usr/sbin/pgbouncer";

    private readonly PostgresServer _postgres = new();
    private Process? _bouncer;

    /// <summary>Gets the server behind it, for who must reach it past the pool.</summary>
    public DatabaseServer Postgres => _postgres;

    protected internal override string Package => $"{_postgres.Package} pgbouncer";

    protected internal override bool IsInstalled => _postgres.IsInstalled && File.Exists(Program);

    protected internal override string Owner => _postgres.Owner;

    protected override SqlDialect Dialect => SqlDialect.PostgreSql;

    private string Settings => Path.Combine(Folder, "pgbouncer.ini");

    protected internal override IEnumerable<string> ProcessIds() => [_bouncer!.Id.ToString(CultureInfo.InvariantCulture)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    // Past the pool, which nobody is to find full of settings of these.
    protected internal override Task ExecuteAsync(string? database, params IEnumerable<string> statements) => _postgres.ExecuteAsync(database, statements);

    protected internal override string CreateUser(string user) => _postgres.CreateUser(user);

    protected override async Task CreateAsync()
    {
        await _postgres.InitializeAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "users"), $"\"{Owner}\" \"\"\n");
        await File.WriteAllTextAsync(Settings, $"""
            [databases]
            * = host=127.0.0.1 port={_postgres.Port} auth_user={Owner}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {Port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {Path.Combine(Folder, "users")}
            pool_mode = transaction
            max_client_conn = 500
            default_pool_size = 10
            """);
        if (Command.IsSuperuser)
        {
            await Command.RunAsync("chown", "-R", "postgres", Folder);
        }
    }

    protected override async Task StartAsync() =>
        _bouncer = await Command.StartServerAsync("process up", Program, [.. Command.IsSuperuser ? (string[])["-u", "postgres"] : [], Settings]);

    protected override async Task KillAsync()
    {
        if (_bouncer is not null)
        {
            _bouncer.Kill();
            await _bouncer.WaitForExitAsync();
            _bouncer.Dispose();
        }

        NpgsqlConnection.ClearAllPools();
    }

    protected override string ConnectionString(string database, string user) => $"Host=127.0.0.1;Port={Port};Username={user};Database={database};No Reset On Close=true";
}
