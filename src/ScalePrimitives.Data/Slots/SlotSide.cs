using System.Data.Common;

namespace ScalePrimitives.Data;

/// <summary>A mover's connection to one of the two shards.</summary>
internal sealed class SlotSide : IAsyncDisposable
{
    private readonly string? _undo;

    private SlotSide(SqlSession session, string? undo) => (Session, _undo) = (session, undo);

    public SqlSession Session { get; }

    public static async ValueTask<SlotSide> OpenAsync(DbDataSource shard, SlotEngine engine, TimeSpan lockTimeout, CancellationToken cancellationToken)
    {
        DbConnection connection = await SqlSession.ConnectAsync(shard, cancellationToken).ConfigureAwait(false);
        try
        {
            var session = new SqlSession(connection, cancellationToken);
            return new SlotSide(session, await engine.ConfigureAsync(session, lockTimeout).ConfigureAwait(false));
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        DbConnection connection = Session.Connection;
        await using (connection.ConfigureAwait(false))
        {
            if (_undo is not null)
            {
                await new SqlSession(connection, CancellationToken.None).ExecuteAsync(_undo).ConfigureAwait(false);
            }
        }
    }
}
