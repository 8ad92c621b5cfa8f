using System.Collections.Immutable;
using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>Keeps in a table which shards have finished which operations, one row each. On disk before the call returns. Thread-safe; any number of clients.</summary>
/// <remarks>Names of operations and ids of shards are 1 to 200 letters of ASCII, digits and the characters <c>. _ - : /</c></remarks>
public sealed class SqlShardOperationStore : IShardOperationStore
{
    private const int MaxNameLength = 200;

    private readonly DbDataSource _dataSource;
    private readonly SqlEngine _engine;
    private readonly string _table;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose. It need not be a shard.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="table">The table: 1 to 50 letters of ASCII, digits and underscores, not a digit first.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="table"/> is not such a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlShardOperationStore(DbDataSource dataSource, SqlDialect dialect, string table = "shard_operations")
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        (_dataSource, _engine, _table) = (dataSource, SqlEngine.For(dialect), SqlName.Checked(table));
    }

    /// <summary>Creates the table, unless it is there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <exception cref="DbException">The database refused.</exception>
    public async Task CreateSchemaAsync(CancellationToken cancellationToken = default)
    {
        DbConnection connection = await SqlSession.ConnectAsync(_dataSource, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            string name = _engine.KeyType(MaxNameLength);
            await new SqlSession(connection, cancellationToken).ExecuteAsync(
                $"CREATE TABLE IF NOT EXISTS {_table} (operation {name} NOT NULL, shard {name} NOT NULL, PRIMARY KEY (operation, shard)){_engine.TableOptions}").ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="operation"/> or an id is not such a name.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    public async ValueTask<ImmutableArray<string>> ListFinishedAsync(string operation, ImmutableArray<string> shardIds, CancellationToken cancellationToken = default)
    {
        SqlName.CheckKey(operation, MaxNameLength, nameof(operation));
        foreach (string shardId in shardIds)
        {
            SqlName.CheckKey(shardId, MaxNameLength, nameof(shardIds));
        }

        cancellationToken.ThrowIfCancellationRequested();
        DbConnection connection = await SqlSession.ConnectAsync(_dataSource, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            List<string> finished = await new SqlSession(connection, cancellationToken).QueryRowsAsync($"SELECT shard FROM {_table} WHERE operation = @operation", static row => row.GetString(0), ("@operation", operation)).ConfigureAwait(false);
            return [.. shardIds.Where(finished.ToHashSet(StringComparer.Ordinal).Contains)];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="operation"/> or <paramref name="shardId"/> is not such a name.</exception>
    /// <exception cref="InvalidOperationException">The database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    public async ValueTask FinishAsync(string operation, string shardId, CancellationToken cancellationToken = default)
    {
        SqlName.CheckKey(operation, MaxNameLength, nameof(operation));
        SqlName.CheckKey(shardId, MaxNameLength, nameof(shardId));
        cancellationToken.ThrowIfCancellationRequested();
        DbConnection connection = await SqlSession.ConnectAsync(_dataSource, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            SqlSession session = await _engine.BeginAsync(new SqlSession(connection, cancellationToken)).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await session.ExecuteAsync(_engine.AddUnlessThere(_table, "operation, shard", "@operation, @shard"), ("@operation", operation), ("@shard", shardId)).ConfigureAwait(false);
                await session.CommitAsync().ConfigureAwait(false);
            }
        }
    }
}
