using System.Data.Common;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using ScalePrimitives.Data;

namespace TicketDrawer;

/// <summary>The driver of each dialect.</summary>
public static class Databases
{
    /// <summary>Makes a data source.</summary>
    /// <param name="dialect">The dialect.</param>
    /// <param name="connectionString">The driver's connection string.</param>
    /// <returns>The data source.</returns>
    public static DbDataSource Open(SqlDialect dialect, string connectionString) => dialect switch
    {
        SqlDialect.Sqlite => SqliteFactory.Instance.CreateDataSource(connectionString),
        SqlDialect.PostgreSql => NpgsqlDataSource.Create(connectionString),
        _ => new MySqlDataSource(connectionString),
    };
}
