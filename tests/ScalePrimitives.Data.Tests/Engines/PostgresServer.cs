using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace ScalePrimitives.Data.Tests.Engines;

public sealed class PostgresServer : DatabaseServer
{
    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order().LastOrDefault()
        : null;

    protected override string Package => "postgresql";

    protected override SqlDialect Dialect => SqlDialect.PostgreSql;

    protected override bool IsInstalled => Programs is not null;

    private string Data => Path.Combine(Folder, "data");

    protected override async Task CreateAsync()
    {
        if (Command.IsSuperuser)
        {
            await Command.RunAsync("chown", "postgres", Folder);
        }

        await RunAsync("initdb", "-D", Data, "-U", "app", "-A", "trust", "-N", "--no-locale", "-E", "UTF8");
        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), $"""

            listen_addresses = '127.0.0.1'
            port = {Port}
            unix_socket_directories = '{Folder}'
            shared_buffers = 16MB
            synchronous_commit = off
            """);
    }

    protected override Task StartAsync() => RunAsync("pg_ctl", "-D", Data, "-l", Path.Combine(Folder, "log"), "-w", "start");

    protected override async Task KillAsync()
    {
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid"));
        int server = int.Parse(lines[0], CultureInfo.InvariantCulture);
        string children = await File.ReadAllTextAsync($"/proc/{server}/task/{server}/children");

        // The processes of the connections too, and to their end: they keep the memory that a new server wants.
        int[] ids = [server, .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
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

    protected override string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username=app;Database={database}";

    protected override async Task CreateDatabaseAsync(string database)
    {
        await using DbDataSource source = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using DbCommand command = source.CreateCommand($"CREATE DATABASE {database}");
        await command.ExecuteNonQueryAsync();
    }

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
