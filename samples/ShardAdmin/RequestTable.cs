using System.Data.Common;
using ScalePrimitives.Data;
using ScalePrimitives.Hashing;

namespace ShardAdmin;

/// <summary>The table of requests that each shard has: the number of the request, the page it asked for, and the slot of the page. The slot comes first in the key: rows of a slot lie together.</summary>
internal static class RequestTable
{
    public const string Name = "recorded_requests";

    private const string Owners = "shard_admin";

    /// <summary>Makes a database a shard's own and creates its table, unless both are done.</summary>
    /// <exception cref="InvalidOperationException">It is another shard's.</exception>
    public static async Task CreateAsync(DbDataSource shard, SqlDialect dialect, string mapId, string shardId, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await shard.OpenConnectionAsync(cancellationToken);
        if (dialect == SqlDialect.Sqlite)
        {
            await Sql.ExecuteAsync(connection, null, "PRAGMA journal_mode = WAL", cancellationToken); // so that readers and the writer do not wait for each other
        }

        await Sql.ExecuteAsync(connection, null, $"CREATE TABLE IF NOT EXISTS {Owners} (map_id VARCHAR(100) NOT NULL PRIMARY KEY, shard_id VARCHAR(100) NOT NULL)", cancellationToken);
        var owners = await Sql.QueryAsync(connection, null, $"SELECT map_id, shard_id FROM {Owners}", static row => (MapId: row.GetString(0), ShardId: row.GetString(1)), cancellationToken);
        if (owners is [var owner, ..] && owner != (mapId, shardId))
        {
            throw new InvalidOperationException($"its database is the shard '{owner.ShardId}' {(owner.MapId == mapId ? "already" : "of others already")}: give each shard an empty one of its own");
        }

        if (owners.Count == 0)
        {
            await Sql.ExecuteAsync(connection, null, $"INSERT INTO {Owners} VALUES (@map, @shard)", cancellationToken, ("@map", mapId), ("@shard", shardId));
        }

        await Sql.ExecuteAsync(connection, null, $"CREATE TABLE IF NOT EXISTS {Name} (slot INT NOT NULL, number BIGINT NOT NULL, page BIGINT NOT NULL, PRIMARY KEY (slot, number))", cancellationToken);
    }

    /// <summary>Adds those of some requests of a slot, ascending by number, that are not there.</summary>
    public static async Task AddAsync(DbTransaction transaction, int slot, IReadOnlyList<Request> requests, CancellationToken cancellationToken)
    {
        DbConnection connection = transaction.Connection!;
        HashSet<long> there = [.. await Sql.QueryAsync(
            connection, transaction, $"SELECT number FROM {Name} WHERE slot = {slot} AND number BETWEEN {requests[0].Number} AND {requests[^1].Number}", static row => row.GetInt64(0), cancellationToken)];
        string values = string.Join(", ", requests.Where(request => !there.Contains(request.Number)).Select(request => $"({slot}, {request.Number}, {request.Page})"));
        if (values.Length > 0)
        {
            await Sql.ExecuteAsync(connection, transaction, $"INSERT INTO {Name} (slot, number, page) VALUES {values}", cancellationToken);
        }
    }

    /// <summary>Makes the checksum of a request; sums of them do not depend on the order.</summary>
    public static ulong Checksum(Request request) => KeyHash.Of($"{request.Number}:{request.Page}");
}
