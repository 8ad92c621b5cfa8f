using System.Data.Common;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>All shards, opened: their databases, the router, the fence.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public const string FenceTable = "slot_fences";

    private readonly Dictionary<string, DbDataSource> _sources;

    private Cluster(Catalogue catalogue, ShardMap map, Dictionary<string, DbDataSource> sources)
    {
        (Catalogue, _sources) = (catalogue, sources);
        Strategy = new HashShardStrategy<long>(map.SlotCount);
        Router = new ShardRouter<long, DbDataSource>(Strategy, map, Source);
        Fence = new SqlSlotFence(catalogue.Dialect, FenceTable);
    }

    public Catalogue Catalogue { get; }

    public HashShardStrategy<long> Strategy { get; }

    public ShardRouter<long, DbDataSource> Router { get; }

    public SqlSlotFence Fence { get; }

    /// <exception cref="FormatException">There are no shards.</exception>
    public static async Task<Cluster> OpenAsync(DirectoryInfo folder, CancellationToken cancellationToken)
    {
        Catalogue catalogue = await Catalogue.OpenAsync(folder, cancellationToken);
        ShardMap map = await catalogue.Maps.ReadAsync(cancellationToken: cancellationToken) ?? throw Catalogue.Unfinished(folder);
        Dictionary<string, string> connections = await catalogue.ReadShardsAsync(cancellationToken);
        return new Cluster(
            catalogue,
            map,
            connections.ToDictionary(each => each.Key, each => Databases.Open(catalogue.Dialect, Databases.Existing(catalogue.Dialect, each.Value)), StringComparer.Ordinal));
    }

    /// <summary>Makes the coordinator that moves slots.</summary>
    public SlotMigration Migration(MoveSettings settings) => new(
        Catalogue.Migrations,
        Catalogue.Maps,
        Mover(settings),
        new SlotMigrationOptions { RetireAfter = settings.RetireAfter });

    /// <summary>Makes what copies the rows.</summary>
    public SqlSlotMover Mover(MoveSettings settings) => new(Fence, [new SlotTable(RequestTable.Name)], Source, new SqlSlotMoverOptions { RowsPerSecond = settings.RowsPerSecond });

    /// <summary>Asks every shard for the slots that one map gives it, in a snapshot that the shard's fence has let in: each slot is read once though slots move meanwhile.</summary>
    public Task<ScatterResult<List<T>>> QueryAsync<T>(Func<string, string> queryOfSlots, Func<DbDataReader, T> read, CancellationToken cancellationToken) => Router.ScatterAsync(
        async (scope, token) =>
        {
            await using DbConnection connection = await scope.Shard.OpenConnectionAsync(token);
            await using DbTransaction transaction = await Databases.BeginReadAsync(connection, token);
            await Fence.CheckReadAsync(transaction, scope.Slots, token);
            return await Sql.QueryAsync(connection, transaction, queryOfSlots(string.Join(',', scope.Slots.Select(each => each.Slot))), read, token);
        },
        cancellationToken: cancellationToken);

    /// <summary>Gets the id of a shard.</summary>
    public string IdOf(DbDataSource shard) => _sources.First(each => each.Value == shard).Key;

    public async ValueTask DisposeAsync()
    {
        foreach (DbDataSource source in _sources.Values)
        {
            await source.DisposeAsync();
        }

        await Catalogue.DisposeAsync();
    }

    private DbDataSource Source(string shardId) => _sources.TryGetValue(shardId, out DbDataSource? source) ? source : throw new InvalidDataException($"The catalogue has no connection string of the shard '{shardId}'.");
}
