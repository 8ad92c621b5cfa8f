using System.Data.Common;

namespace ScalePrimitives.Data;

/// <summary>An open connection with the token that ends its calls.</summary>
internal readonly struct SqlSession(DbConnection connection, CancellationToken cancellationToken)
{
    public DbConnection Connection => connection;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Makes a command, which the caller disposes.</summary>
    public DbCommand Command(string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // All texts are constants with a checked table name; everything else is a parameter.
        command.CommandText = text;
#pragma warning restore CA2100
        foreach ((string name, object value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed, as the driver counts them.</returns>
    public async ValueTask<int> ExecuteAsync(string text, params (string Name, object Value)[] parameters)
    {
        DbCommand command = Command(text, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a query.</summary>
    /// <returns>The first column of the first row, or null when there is none.</returns>
    public async ValueTask<object?> QueryAsync(string text, params (string Name, object Value)[] parameters)
    {
        DbCommand command = Command(text, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
