using System.Data.Common;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using ScalePrimitives.Data;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>Two databases of each kind that is there: SQLite always, servers by connection strings, which <c>benchmarks/with-engines</c> sets.</summary>
internal static class SlotEngines
{
    /// <summary>What a command that uses them says of them.</summary>
    public const string Variables = "Connection strings: variables BENCHMARK_POSTGRES, BENCHMARK_MYSQL, and each with _2.";

    /// <summary>Runs something over the two databases of each kind, one kind after the other.</summary>
    /// <param name="run">What to run; the databases are disposed afterwards.</param>
    public static async Task EachAsync(Func<string, SqlDialect, DbDataSource, DbDataSource, Task> run)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("slot-engines-");
        try
        {
            await RunAsync("SQLite, two files", SqlDialect.Sqlite, name => SqliteFactory.Instance.CreateDataSource($"Data Source={Path.Combine(folder.FullName, name)}"), "a.db", "b.db", run);
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }

        await EachServerAsync(run);
    }

    /// <summary>Runs something over the two servers of each kind, where many write at a time.</summary>
    /// <param name="run">What to run; the databases are disposed afterwards.</param>
    public static async Task EachServerAsync(Func<string, SqlDialect, DbDataSource, DbDataSource, Task> run)
    {
        await RunAsync("PostgreSQL, two servers", SqlDialect.PostgreSql, NpgsqlDataSource.Create, Variable("BENCHMARK_POSTGRES"), Variable("BENCHMARK_POSTGRES_2"), run);
        await RunAsync("MariaDB, two servers", SqlDialect.MySql, connection => new MySqlDataSource(connection), Variable("BENCHMARK_MYSQL"), Variable("BENCHMARK_MYSQL_2"), run);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    private static async Task RunAsync(string name, SqlDialect dialect, Func<string, DbDataSource> open, string? a, string? b, Func<string, SqlDialect, DbDataSource, DbDataSource, Task> run)
    {
        if (a is null || b is null)
        {
            return;
        }

        await using DbDataSource first = open(a);
        await using DbDataSource second = open(b);
        await run(name, dialect, first, second);
    }
}
