using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>Keeps the newest version of a shard map in a table, one row a map, replaced by compare-and-swap on its version. On disk before the call returns. Thread-safe; any number of clients.</summary>
public sealed class SqlShardMapStore : IShardMapStore
{
    private const int MaxNameLength = 100;

    private readonly DbDataSource _dataSource;
    private readonly SqlEngine _engine;
    private readonly string _mapId;
    private readonly string _table;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="mapId">The <see cref="ShardMap.Id"/> of the map: 1 to 100 letters of ASCII, digits and the characters <c>. _ - : /</c>.</param>
    /// <param name="table">The table: 1 to 50 letters of ASCII, digits and underscores, not a digit first.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/>, <paramref name="mapId"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="mapId"/> or <paramref name="table"/> is not such a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlShardMapStore(DbDataSource dataSource, SqlDialect dialect, string mapId = "default", string table = "shard_maps")
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        SqlName.CheckKey(mapId, MaxNameLength, nameof(mapId));
        (_dataSource, _engine, _mapId, _table) = (dataSource, SqlEngine.For(dialect), mapId, SqlName.Checked(table));
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
            await new SqlSession(connection, cancellationToken).ExecuteAsync(
                $"CREATE TABLE IF NOT EXISTS {_table} (id {_engine.KeyType(MaxNameLength)} NOT NULL PRIMARY KEY, version BIGINT NOT NULL, map {_engine.BytesType} NOT NULL){_engine.TableOptions}").ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">What the table holds is no map.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    public async ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(knownVersion);
        cancellationToken.ThrowIfCancellationRequested();
        DbConnection connection = await SqlSession.ConnectAsync(_dataSource, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await ReadAsync(new SqlSession(connection, cancellationToken), knownVersion).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">What the table holds is no map.</exception>
    /// <exception cref="InvalidOperationException">The database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    public async ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Id != _mapId)
        {
            throw new ArgumentException($"The store keeps the map '{_mapId}', but was given '{map.Id}'.", nameof(map));
        }

        ShardMap.CheckFollows(map, expectedVersion);
        cancellationToken.ThrowIfCancellationRequested();
        DbConnection connection = await SqlSession.ConnectAsync(_dataSource, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            SqlSession session = await _engine.BeginAsync(new SqlSession(connection, cancellationToken)).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (await ReadAsync(session, knownVersion: 0).ConfigureAwait(false) is { } kept && kept.StrategyId != map.StrategyId)
                {
                    throw new ArgumentException($"The store keeps a map of the strategy '{kept.StrategyId}', but was given one of '{map.StrategyId}'.", nameof(map));
                }

                string statement = expectedVersion == 0
                    ? _engine.AddUnlessThere(_table, "id, version, map", "@id, @version, @map")
                    : $"UPDATE {_table} SET version = @version, map = @map WHERE id = @id AND version = @expected";
                bool replaced = await session.ExecuteAsync(statement, ("@id", _mapId), ("@version", map.Version), ("@map", map.ToBytes()), ("@expected", expectedVersion)).ConfigureAwait(false) == 1;
                await session.CommitAsync().ConfigureAwait(false);
                return replaced;
            }
        }
    }

    private async ValueTask<ShardMap?> ReadAsync(SqlSession session, long knownVersion)
    {
        byte[]? bytes = await session.QueryRowAsync($"SELECT map FROM {_table} WHERE id = @id AND version > @known", static row => row.GetFieldValue<byte[]>(0), ("@id", _mapId), ("@known", knownVersion)).ConfigureAwait(false);
        return bytes is null ? null : ShardMap.TryRead(bytes, out ShardMap? map) ? map : throw new InvalidDataException($"The row '{_mapId}' of {_table} holds no shard map.");
    }
}
