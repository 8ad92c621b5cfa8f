using System.Data.Common;
using System.Net.Sockets;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Data;

/// <summary>A mover's connection to one of the shards. What it sets there, nobody else ever meets: on PostgreSQL it lasts for a transaction, elsewhere it is undone.</summary>
internal sealed class SlotSide : IAsyncDisposable
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UndoLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(15);

    // A server that hangs holds up a mover for so long, and not for good. One that works may need minutes to look through a large slot.
    private static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(5);

    private readonly SlotEngine _engine;
    private readonly SqlSession _session;
    private readonly SlotSettings _settings;

    private SlotSide(string shardId, SlotEngine engine, SqlSession session, SlotSettings settings) => (ShardId, _engine, _session, _settings) = (shardId, engine, session, settings);

    public string ShardId { get; }

    public CancellationToken CancellationToken => _session.CancellationToken;

    /// <summary>Gets how many bytes of rows one statement can carry to this shard.</summary>
    public long MaxBatchBytes => _settings.MaxBatchBytes;

    /// <summary>Gets how many bytes a row can have at most.</summary>
    public long MaxRowBytes => _settings.MaxRowBytes;

    /// <summary>Gets the connection outside any transaction, for statements that a transaction cannot have.</summary>
    public SqlSession Session => _session;

    /// <exception cref="TimeoutException">The shard does not answer.</exception>
    public static async ValueTask<SlotSide> OpenAsync(string shardId, DbDataSource shard, SlotEngine engine, TimeSpan lockTimeout, CancellationToken cancellationToken)
    {
        return await Deadline.WithinAsync(RunAsync, OpenLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);

        async ValueTask<SlotSide> RunAsync(CancellationToken token)
        {
            DbConnection connection = await SqlSession.ConnectAsync(shard, token).ConfigureAwait(false);
            try
            {
                SlotSettings settings = await engine.ConfigureAsync(new SqlSession(connection, token), lockTimeout).ConfigureAwait(false);
                return new SlotSide(shardId, engine, new SqlSession(connection, cancellationToken), settings);
            }
            catch
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Does one piece of work, which ends though the server hangs.</summary>
    /// <exception cref="TimeoutException">The shard does not answer.</exception>
    /// <remarks>When it is cancelled the driver is given a moment to end the call, so that the connection can be used for what is to be done last.</remarks>
    public static Task<T> WithinAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        Deadline.WithinAsync(work, CallLimit, TimeProvider.System, cancellationToken, grace: EndLimit);

    /// <summary>Begins a transaction whose commit is on disk when it returns.</summary>
    public async ValueTask<SqlSession> BeginAsync(CancellationToken cancellationToken)
    {
        SqlSession within = await _engine.Sql.BeginAsync(new SqlSession(_session.Connection, cancellationToken), _engine.Isolation).ConfigureAwait(false);
        return await ConfiguredAsync(within).ConfigureAwait(false);
    }

    /// <summary>Reads, in a transaction where the settings need one. Each statement sees what is committed as it begins.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<SqlSession, ValueTask<T>> read) =>
        await WithinAsync(token => ReadAsync(read, new SqlSession(_session.Connection, token)), CancellationToken).ConfigureAwait(false);

    private async ValueTask<T> ReadAsync<T>(Func<SqlSession, ValueTask<T>> read, SqlSession session)
    {
        if (_settings.Local is null)
        {
            return await read(session).ConfigureAwait(false);
        }

        DbTransaction transaction = await session.Connection.BeginTransactionAsync(_engine.Isolation, session.CancellationToken).ConfigureAwait(false);
        SqlSession within = await ConfiguredAsync(session.Within(transaction)).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            T result = await read(within).ConfigureAwait(false);
            await within.CommitAsync().ConfigureAwait(false);
            return result;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Deadline.WithinAsync(CloseAsync, CloseLimit, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is left behind with its connection, which the pool does not get back while it is used.
        }
    }

    private async ValueTask<bool> CloseAsync(CancellationToken cancellationToken)
    {
        DbConnection connection = _session.Connection;
        await using (connection.ConfigureAwait(false))
        {
            if (_settings.Undo is not null)
            {
                await UndoAsync(connection, _settings.Undo).ConfigureAwait(false);
            }
        }

        return true;
    }

    // A connection that cannot be given back as it was is not given back at all: the server ends it.
    private async ValueTask UndoAsync(DbConnection connection, string undo)
    {
        using var limit = new CancellationTokenSource(UndoLimit);
        var last = new SqlSession(connection, limit.Token);
        try
        {
            await last.ExecuteAsync(undo).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            try
            {
                await last.ExecuteAsync(_engine.End).ConfigureAwait(false);
            }
            catch (Exception ended) when (IsFailure(ended))
            {
                // It is ended already, or cannot be reached: then the pool finds it broken.
            }
        }
    }

    // MySqlConnector lets failures of the socket out as they are.
    internal static bool IsFailure(Exception exception) => exception is DbException or InvalidOperationException or IOException or SocketException or OperationCanceledException or TimeoutException;

    private async ValueTask<SqlSession> ConfiguredAsync(SqlSession within)
    {
        if (_settings.Local is null)
        {
            return within;
        }

        try
        {
            await within.ExecuteAsync(_settings.Local).ConfigureAwait(false);
            return within;
        }
        catch
        {
            await within.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
