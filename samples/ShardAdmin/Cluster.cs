using System.Data.Common;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>All shards, opened: their databases, the router, the fence.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly Dictionary<string, DbDataSource> _sources;

    private Cluster(Catalogue catalogue, ShardMap map, Dictionary<string, DbDataSource> sources)
    {
        (Catalogue, _sources) = (catalogue, sources);
        Strategy = new HashShardStrategy<long>(map.SlotCount);
        Router = new ShardRouter<long, DbDataSource>(Strategy, map, Source);
        Fence = new SqlSlotFence(catalogue.Dialect);
    }

    public Catalogue Catalogue { get; }

    public HashShardStrategy<long> Strategy { get; }

    public ShardRouter<long, DbDataSource> Router { get; }

    public SqlSlotFence Fence { get; }

    /// <exception cref="FormatException">There are no shards.</exception>
    public static async Task<Cluster> OpenAsync(DirectoryInfo folder, CancellationToken cancellationToken)
    {
        Catalogue catalogue = await Catalogue.OpenAsync(folder, cancellationToken);
        ShardMap map = await catalogue.Maps.ReadAsync(cancellationToken: cancellationToken) ?? throw new FormatException($"The shards in {folder.FullName} were not finished: give init again.");
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
        new SqlSlotMover(Fence, [new SlotTable(RequestTable.Name)], Source, new SqlSlotMoverOptions { RowsPerSecond = settings.RowsPerSecond }),
        new SlotMigrationOptions { RetireAfter = settings.RetireAfter });

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
