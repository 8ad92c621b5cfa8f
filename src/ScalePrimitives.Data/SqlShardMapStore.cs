using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>Keeps the newest version of a shard map in a table, one row a map, replaced by compare-and-swap on its version. On disk before the call returns. Thread-safe; any number of clients.</summary>
/// <remarks>The key of a row is the SHA-256 of the map's id, in hexadecimal: an id may be longer than an index takes. The id itself stands beside it.</remarks>
public sealed class SqlShardMapStore : IShardMapStore
{
    private readonly DbDataSource _dataSource;
    private readonly SqlEngine _engine;
    private readonly string _mapId;
    private readonly string _key;
    private readonly string _table;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="mapId">The <see cref="ShardMap.Id"/> of the map: 1 to 1,024 bytes of UTF-8, without NUL and halves of surrogate pairs.</param>
    /// <param name="table">The table: 1 to 50 letters of ASCII, digits and underscores, not a digit first.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/>, <paramref name="mapId"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="mapId"/> or <paramref name="table"/> is none of those.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlShardMapStore(DbDataSource dataSource, SqlDialect dialect, string mapId = "default", string table = "shard_maps")
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ShardName.Check(mapId, nameof(mapId));
        (_dataSource, _engine, _mapId, _key, _table) = (dataSource, SqlEngine.For(dialect), mapId, SqlName.KeyOf(mapId), SqlName.Checked(table));
    }

    /// <summary>Creates the table, unless it is there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <remarks>Any number of programs may call it at once. Where all is there it needs no right to create a table.
    /// All calls together need SELECT, INSERT and UPDATE on the table.</remarks>
    /// <exception cref="InvalidOperationException">A table is there whose columns do not keep all letters; only on MySQL and MariaDB.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateSchemaAsync(CancellationToken cancellationToken = default) => _engine.CreateTablesAsync(
        _dataSource,
        cancellationToken,
        (_table, $"id_hash {_engine.KeyType(SqlName.KeyLength)} NOT NULL PRIMARY KEY, id VARCHAR({SqlName.MaxIdLength}) NOT NULL, version BIGINT NOT NULL, map {_engine.BytesType} NOT NULL"));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">What the table holds is no map.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(knownVersion);
        return await SqlSession.WithAsync(_dataSource, session => ReadAsync(session, knownVersion), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">What the table holds is no map.</exception>
    /// <exception cref="InvalidOperationException">The database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Id != _mapId)
        {
            throw new ArgumentException($"The store keeps the map '{_mapId}', but was given '{map.Id}'.", nameof(map));
        }

        ShardMap.CheckFollows(map, expectedVersion);
        byte[] bytes = map.ToBytes();
        return await SqlSession.WithAsync(_dataSource, async outside =>
        {
            SqlSession session = await _engine.BeginAsync(outside).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                (await ReadAsync(session, knownVersion: 0).ConfigureAwait(false))?.CheckReplacedBy(map);
                (string, object?)[] row = [("@key", _key), ("@id", _mapId), ("@version", map.Version), ("@map", bytes)];
                bool replaced = expectedVersion == 0
                    ? await _engine.TryAddAsync(session, _table, "id_hash, id, version, map", row).ConfigureAwait(false)
                    : await session.ExecuteAsync($"UPDATE {_table} SET id = @id, version = @version, map = @map WHERE id_hash = @key AND version = @expected", [.. row, ("@expected", expectedVersion)]).ConfigureAwait(false) == 1;
                await session.CommitAsync().ConfigureAwait(false);
                return replaced;
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ShardMap?> ReadAsync(SqlSession session, long knownVersion)
    {
        byte[]? bytes = await session.QueryRowAsync($"SELECT map FROM {_table} WHERE id_hash = @key AND version > @known", static row => row.GetFieldValue<byte[]>(0), ("@key", _key), ("@known", knownVersion)).ConfigureAwait(false);
        return bytes is null ? null : ShardMap.TryRead(bytes, out ShardMap? map) ? map : throw new InvalidDataException($"The row '{_mapId}' of {_table} holds no shard map.");
    }
}
