namespace ScalePrimitives.Data;

/// <summary>Which database a data source leads to.</summary>
public enum SqlDialect
{
    /// <summary>SQLite, from version 3.42. Through Microsoft.Data.Sqlite or another driver. A call holds its
    /// thread, and waits for a file that others have locked as long as the connection string says, by default 30 seconds.</summary>
    Sqlite,

    /// <summary>PostgreSQL, from version 12. Through Npgsql or another driver.</summary>
    PostgreSql,

    /// <summary>MySQL from version 8, MariaDB from version 10.5. Through MySqlConnector or another driver.</summary>
    MySql,
}
