using System.Data.Common;
using System.Diagnostics;
using MySqlConnector;

namespace ScalePrimitives.Data.Tests.Engines;

public sealed class MariaDbServer : DatabaseServer
{
    private static readonly string? Program = new[] { "/usr/sbin/mariadbd", "/usr/bin/mariadbd" }.FirstOrDefault(File.Exists);

    private Process? _server;

    protected override string Package => "mariadb-server";

    protected override SqlDialect Dialect => SqlDialect.MySql;

    protected override bool IsInstalled => Program is not null;

    private string Data => Path.Combine(Folder, "data");

    private string User => Command.IsSuperuser ? "mysql" : Environment.UserName;

    protected override async Task CreateAsync()
    {
        if (Command.IsSuperuser)
        {
            await Command.RunAsync("chown", "mysql", Folder);
        }

        // With a folder of its own for temporary tables: a server that starts clears away all that it finds there, other servers' too.
        await Command.RunAsync("mariadb-install-db", "--no-defaults", $"--user={User}", $"--datadir={Data}", "--auth-root-authentication-method=normal", "--skip-test-db", $"--tmpdir={Folder}");
    }

    protected override async Task StartAsync()
    {
        _server = Command.Start(Program!, "--no-defaults", $"--user={User}", $"--datadir={Data}", $"--port={Port}", "--bind-address=127.0.0.1", $"--socket={Path.Combine(Folder, "socket")}", "--innodb-buffer-pool-size=16M", $"--tmpdir={Folder}");
        _ = _server.StandardOutput.ReadToEndAsync(); // or a full pipe would stop it
        while (await _server.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains("ready for connections", StringComparison.Ordinal))
            {
                _ = _server.StandardError.ReadToEndAsync();
                return;
            }
        }

        throw new InvalidOperationException("MariaDB has ended instead of starting.");
    }

    protected override async Task KillAsync()
    {
        if (_server is not null)
        {
            _server.Kill();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        await MySqlConnection.ClearAllPoolsAsync();
    }

    protected override string ConnectionString(string database) => $"Server=127.0.0.1;Port={Port};User ID=root;Database={database}";

    protected override async Task CreateDatabaseAsync(string database)
    {
        await using DbDataSource source = new MySqlDataSource(ConnectionString("mysql"));
        await using DbCommand command = source.CreateCommand($"CREATE DATABASE {database}");
        await command.ExecuteNonQueryAsync();
    }
}
