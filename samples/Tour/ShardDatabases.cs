using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using ScalePrimitives.Data;
using ScalePrimitives.Hashing;
using ScalePrimitives.Sharding;

namespace Tour;

/// <summary>The databases of the shards, one file each, and how a service writes to them and reads them while slots move.</summary>
internal sealed class ShardDatabases(DirectoryInfo folder)
{
    private readonly Dictionary<string, DbDataSource> _shards = new(StringComparer.Ordinal);

    public SqlSlotFence Fence { get; } = new(SqlDialect.Sqlite);

    public DbDataSource this[string shardId] => _shards[shardId];

    public async Task CreateAsync(string shardId, ShardMap map)
    {
        // No pool: a file that is in use could not be deleted at the end.
        DbDataSource shard = SqliteFactory.Instance.CreateDataSource($"Data Source={Path.Combine(folder.FullName, shardId + ".db")};Pooling=False");
        _shards.Add(shardId, shard);
        await using DbConnection connection = await OpenAsync(shard);
        await ExecuteAsync(connection, null, "PRAGMA journal_mode = WAL; CREATE TABLE request (slot INTEGER NOT NULL, number INTEGER NOT NULL, page INTEGER NOT NULL, PRIMARY KEY (slot, number))");
        await Fence.CreateSchemaAsync(shard, map, shardId);
    }

    /// <summary>Writes requests of one slot in a transaction, which the shard's fence lets in or sends elsewhere.</summary>
    public async Task WriteAsync(ShardRoute<DbDataSource> route, IEnumerable<(int Number, long Page)> requests)
    {
        await using DbConnection connection = await OpenAsync(route.Shard);
        await using DbTransaction transaction = await connection.BeginTransactionAsync();
        await Fence.EnterAsync(transaction, route.Slot, route.Epoch);
        foreach ((int number, long page) in requests)
        {
            await ExecuteAsync(connection, transaction, $"INSERT INTO request VALUES ({route.Slot}, {number}, {page})");
        }

        await transaction.CommitAsync();
    }

    /// <summary>Reads the slots that one map gives a shard, in one snapshot: how many rows they have, and the sum of the rows' hashes, which does not depend on their order.</summary>
    public async ValueTask<(int Rows, ulong Checksum)> ReadAsync(ShardScope<DbDataSource> scope, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await OpenAsync(scope.Shard);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        await Fence.CheckReadAsync(transaction, scope.Slots, cancellationToken);
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT number, page FROM request WHERE slot IN ({string.Join(',', scope.Slots.Select(each => each.Slot))})";
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        (int rows, ulong checksum) = (0, 0UL);
        while (await reader.ReadAsync(cancellationToken))
        {
            (rows, checksum) = (rows + 1, unchecked(checksum + Hash(reader.GetInt32(0), reader.GetInt64(1))));
        }

        return (rows, checksum);
    }

    public static ulong Hash(int number, long page) => KeyHash.Of($"{number}:{page}");

    private static async Task<DbConnection> OpenAsync(DbDataSource shard)
    {
        DbConnection connection = await shard.OpenConnectionAsync();
        await ExecuteAsync(connection, null, "PRAGMA synchronous = NORMAL"); // a tour need not outlive a power failure
        return connection;
    }

    private static async Task ExecuteAsync(DbConnection connection, DbTransaction? transaction, string statement)
    {
        await using DbCommand command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, statement);
        await command.ExecuteNonQueryAsync();
    }
}
