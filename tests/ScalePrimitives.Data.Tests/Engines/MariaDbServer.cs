using System.Diagnostics;
using System.Globalization;
using MySqlConnector;

namespace ScalePrimitives.Data.Tests.Engines;

public class MariaDbServer : DatabaseServer
{
    private static readonly string? Program = new[] { "/usr/sbin/mariadbd", "/usr/bin/mariadbd" }.FirstOrDefault(File.Exists);

    private Process? _server;

    protected internal override string Package => "mariadb-server";

    protected internal override bool IsInstalled => Program is not null;

    protected internal override string Owner => "root";

    protected override SqlDialect Dialect => SqlDialect.MySql;

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
        string[] own =
        [
            "--no-defaults", $"--user={User}", $"--datadir={Data}", $"--port={Port}", "--bind-address=127.0.0.1", $"--socket={Path.Combine(Folder, "socket")}", "--innodb-buffer-pool-size=16M",
            $"--tmpdir={Folder}", .. Options,
        ];
        _server = await Command.StartServerAsync("ready for connections", Program!, own);
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

    protected internal override IEnumerable<string> ProcessIds() => [_server!.Id.ToString(CultureInfo.InvariantCulture)];

    protected override string ConnectionString(string database, string user) => $"Server=127.0.0.1;Port={Port};User ID={user};Database={database}";

    protected internal override string CreateUser(string user) => $"CREATE USER {user}";
}
