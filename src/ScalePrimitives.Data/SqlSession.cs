using System.Data.Common;
using System.Transactions;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Data;

/// <summary>An open connection, its transaction if one has begun, and the token that ends its calls.</summary>
internal readonly struct SqlSession(DbConnection connection, CancellationToken cancellationToken, DbTransaction? transaction = null) : IAsyncDisposable
{
    /// <summary>How long a call of a store may take. The drivers' own limits count for each statement anew, and a connection string can
    /// turn them off.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public DbConnection Connection => connection;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Opens a connection, works on it and gives it back, all within <see cref="Limit"/>: what hangs longer is left behind.</summary>
    /// <exception cref="TimeoutException">The time is up. What was being committed may be, or not.</exception>
    public static async ValueTask<T> WithAsync<T>(DbDataSource source, Func<SqlSession, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await Deadline.WithinAsync(RunAsync, Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);

        async ValueTask<T> RunAsync(CancellationToken token)
        {
            DbConnection connection = await ConnectAsync(source, token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await MissingTableException.GuardAsync(() => work(new SqlSession(connection, token))).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Opens a connection outside the caller's <see cref="TransactionScope"/>, if there is one: what was given out is not to be taken back with it.</summary>
    public static async ValueTask<DbConnection> ConnectAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        using var none = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        return await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the session inside a transaction, which is rolled back when that is disposed before it was committed.</summary>
    public SqlSession Within(DbTransaction begun) => new(connection, cancellationToken, begun);

    /// <summary>Commits the transaction. Not to be cancelled: whether it was committed would be unknown.</summary>
    public async ValueTask CommitAsync() => await transaction!.CommitAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>Makes a command, which the caller disposes.</summary>
    public DbCommand Command(string text, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // All texts are constants with a checked table name; everything else is a parameter.
        command.CommandText = text;
#pragma warning restore CA2100
        foreach ((string name, object? value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed, as the driver counts them.</returns>
    public async ValueTask<int> ExecuteAsync(string text, params (string Name, object? Value)[] parameters)
    {
        DbCommand command = Command(text, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a query.</summary>
    /// <returns>The first column of the first row, or null when there is none.</returns>
    public async ValueTask<object?> QueryAsync(string text, params (string Name, object? Value)[] parameters)
    {
        DbCommand command = Command(text, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a query of one row.</summary>
    /// <returns>What <paramref name="read"/> makes of the first row, or the default when there is none.</returns>
    public async ValueTask<T?> QueryRowAsync<T>(string text, Func<DbDataReader, T> read, params (string Name, object? Value)[] parameters)
    {
        DbCommand command = Command(text, parameters);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? read(reader) : default;
            }
        }
    }

    /// <summary>Runs a query.</summary>
    /// <returns>What <paramref name="read"/> makes of each row.</returns>
    public async ValueTask<List<T>> QueryRowsAsync<T>(string text, Func<DbDataReader, T> read, params (string Name, object? Value)[] parameters)
    {
        DbCommand command = Command(text, parameters);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(read(reader));
                }

                return rows;
            }
        }
    }

    public ValueTask DisposeAsync() => transaction?.DisposeAsync() ?? ValueTask.CompletedTask;
}
