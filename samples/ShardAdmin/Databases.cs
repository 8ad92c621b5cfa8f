using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using ScalePrimitives.Data;

namespace ShardAdmin;

/// <summary>What differs between the drivers.</summary>
internal static class Databases
{
    /// <summary>Makes a data source, which opens nothing yet.</summary>
    /// <exception cref="ArgumentException">The driver does not understand the connection string.</exception>
    public static DbDataSource Open(SqlDialect dialect, string connectionString) => dialect switch
    {
        SqlDialect.Sqlite => SqliteFactory.Instance.CreateDataSource(connectionString),
        SqlDialect.PostgreSql => NpgsqlDataSource.Create(connectionString),
        _ => new MySqlDataSource(connectionString),
    };

    /// <summary>Makes the connection string of a SQLite file.</summary>
    public static string OfFile(string path) => new SqliteConnectionStringBuilder { DataSource = path }.ToString();

    /// <summary>Makes a connection string one that can be kept: of a SQLite file the full path.</summary>
    /// <exception cref="ArgumentException">The driver does not understand it.</exception>
    /// <exception cref="FormatException">It names no file.</exception>
    public static string Kept(SqlDialect dialect, string connectionString)
    {
        if (dialect != SqlDialect.Sqlite)
        {
            Open(dialect, connectionString).Dispose();
            return connectionString;
        }

        var parts = new SqliteConnectionStringBuilder(connectionString);
        if (parts.DataSource is "" or ":memory:" || parts.Mode == SqliteOpenMode.Memory || parts.DataSource.StartsWith("file:", StringComparison.Ordinal))
        {
            throw new FormatException($"'{connectionString}' names no file: write Data Source=path.");
        }

        parts.DataSource = Path.GetFullPath(parts.DataSource);
        return parts.ToString();
    }

    /// <summary>Makes the connection string of a database that is there: SQLite would create a file that is missing, and find it empty.</summary>
    public static string Existing(SqlDialect dialect, string connectionString) =>
        dialect == SqlDialect.Sqlite ? new SqliteConnectionStringBuilder(connectionString) { Mode = SqliteOpenMode.ReadWrite }.ToString() : connectionString;

    /// <summary>Begins a transaction that reads one snapshot and keeps no writer out.</summary>
    public static async ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellationToken) =>
        connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(IsolationLevel.Serializable, deferred: true)
            : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
}
