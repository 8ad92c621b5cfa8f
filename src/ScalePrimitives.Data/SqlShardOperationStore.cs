using System.Collections.Immutable;
using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>Keeps in a table which shards have finished which operations, one row each. On disk before the call returns. Thread-safe; any number of clients.</summary>
/// <remarks>Names of operations are 1 to 200 letters of ASCII, digits and the characters <c>. _ - : /</c>. Ids of shards are 1 to 1,024 bytes of UTF-8,
/// without NUL and halves of surrogate pairs; in the key of a row stands their SHA-256, in hexadecimal, as they may be longer than an index takes, and the id itself beside it.</remarks>
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
    /// <remarks>Any number of programs may call it at once. Where all is there it needs no right to create a table.
    /// All calls together need SELECT and INSERT on the table, and on MySQL and MariaDB UPDATE.</remarks>
    /// <exception cref="InvalidOperationException">A table is there whose columns do not keep all letters; only on MySQL and MariaDB.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateSchemaAsync(CancellationToken cancellationToken = default)
    {
        (string name, string key) = (_engine.KeyType(MaxNameLength), _engine.KeyType(SqlName.KeyLength));
        return _engine.CreateTablesAsync(
            _dataSource, cancellationToken, (_table, $"operation {name} NOT NULL, shard_hash {key} NOT NULL, shard VARCHAR({SqlName.MaxIdLength}) NOT NULL, PRIMARY KEY (operation, shard_hash)"));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="operation"/> or an id is not such a name.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<ImmutableArray<string>> ListFinishedAsync(string operation, ImmutableArray<string> shardIds, CancellationToken cancellationToken = default)
    {
        SqlName.CheckKey(operation, MaxNameLength, nameof(operation));
        foreach (string shardId in shardIds)
        {
            ShardName.Check(shardId, nameof(shardIds));
        }

        List<string> finished = await SqlSession.WithAsync(
            _dataSource,
            session => session.QueryRowsAsync($"SELECT shard FROM {_table} WHERE operation = @operation", static row => row.GetString(0), ("@operation", operation)),
            cancellationToken).ConfigureAwait(false);
        return [.. shardIds.Where(finished.ToHashSet(StringComparer.Ordinal).Contains)];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="operation"/> or <paramref name="shardId"/> is not such a name.</exception>
    /// <exception cref="InvalidOperationException">The database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask FinishAsync(string operation, string shardId, CancellationToken cancellationToken = default)
    {
        SqlName.CheckKey(operation, MaxNameLength, nameof(operation));
        ShardName.Check(shardId, nameof(shardId));
        await SqlSession.WithAsync(_dataSource, async outside =>
        {
            SqlSession session = await _engine.BeginAsync(outside).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await session.ExecuteAsync(
                    _engine.AddUnlessThere(_table, "operation, shard_hash, shard", "@operation, @key, @shard"), ("@operation", operation), ("@key", SqlName.KeyOf(shardId)), ("@shard", shardId)).ConfigureAwait(false);
                await session.CommitAsync().ConfigureAwait(false);
                return true;
            }
        }, cancellationToken).ConfigureAwait(false);
    }
}
