using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace ScalePrimitives.Data.Tests.Engines;

public class PostgresServer : DatabaseServer
{
    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order().LastOrDefault()
        : null;

    protected internal override string Package => "postgresql";

    protected internal override bool IsInstalled => Programs is not null;

    protected internal override string Owner => "app";

    protected override SqlDialect Dialect => SqlDialect.PostgreSql;

    private string Data => Path.Combine(Folder, "data");

    protected override async Task CreateAsync()
    {
        if (Command.IsSuperuser)
        {
            await Command.RunAsync("chown", "postgres", Folder);
        }

        await RunAsync("initdb", "-D", Data, "-U", Owner, "-A", "trust", "-N", "--no-locale", "-E", "UTF8");
        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), $"""

            listen_addresses = '127.0.0.1'
            port = {Port}
            unix_socket_directories = '{Folder}'
            shared_buffers = 16MB
            synchronous_commit = off
            """);
    }

    protected override Task StartAsync() => RunAsync("pg_ctl", "-D", Data, "-l", Path.Combine(Folder, "log"), "-o", string.Join(' ', Options), "-w", "start");

    protected override async Task KillAsync()
    {
        // The processes of the connections too, and to their end: they keep the memory that a new server wants.
        int[] ids = [.. ProcessIds().Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
        foreach (Process process in ids.SelectMany(RunningProcess))
        {
            using (process)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }

        NpgsqlConnection.ClearAllPools();
    }

    protected internal override IEnumerable<string> ProcessIds()
    {
        string server = File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
        return [server, .. File.ReadAllText($"/proc/{server}/task/{server}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    protected override string ConnectionString(string database, string user) => $"Host=127.0.0.1;Port={Port};Username={user};Database={(database.Length == 0 ? "postgres" : database)}";

    // Up to PostgreSQL 14 everyone may create tables.
    protected internal override string CreateUser(string user) => $"REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {user} LOGIN";

    // None when it has ended meanwhile.
    private static IEnumerable<Process> RunningProcess(int id)
    {
        try
        {
            return [Process.GetProcessById(id)];
        }
        catch (ArgumentException)
        {
            return [];
        }
    }

    private static Task RunAsync(string program, params string[] arguments)
    {
        string path = Path.Combine(Programs!, program);
        return Command.IsSuperuser ? Command.RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments]) : Command.RunAsync(path, arguments);
    }
}
