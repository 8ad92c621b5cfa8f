using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>Compares the kept map with what the shards tell.</summary>
internal static class MapRepair
{
    /// <summary>Looks whether the kept map is the newest: by one that has gone back a repair would take slots from those that have them.</summary>
    /// <exception cref="InvalidOperationException">A shard knows more.</exception>
    public static async Task<ShardMap> CheckAsync(ShardMap kept, IEnumerable<DbDataSource> shards, int[] moving, CancellationToken cancellationToken)
    {
        var newer = new SortedSet<int>();
        foreach (DbDataSource shard in shards)
        {
            await using DbConnection connection = await shard.OpenConnectionAsync(cancellationToken);
            var fences = await Sql.QueryAsync(
                connection, null, $"SELECT slot, epoch FROM {Cluster.FenceTable}", static row => (Slot: row.GetInt32(0), Epoch: row.GetInt64(1)), cancellationToken);
            newer.UnionWith(fences.Where(fence => kept.GetState(fence.Slot) == SlotState.Stable && fence.Epoch > kept.GetEpoch(fence.Slot)).Select(fence => fence.Slot));
        }

        newer.ExceptWith(moving);
        return newer.Count == 0
            ? kept
            : throw new InvalidOperationException($"The shards know more than the map, which has gone back, of slots {SlotList.Format(newer)}: make it anew with --map.");
    }

    /// <summary>Makes the map anew, and prints how it differs; gives the kept one when it does not.</summary>
    public static async Task<ShardMap> RebuildAsync(Cluster cluster, Dictionary<string, DbDataSource> shards, CancellationToken cancellationToken)
    {
        ShardMap kept = cluster.Router.Map;
        ShardMap rebuilt = await cluster.Fence.RebuildMapAsync(kept, shards, cancellationToken);
        int[] others = [.. Enumerable.Range(0, kept.SlotCount).Where(slot => Place(rebuilt, slot) != Place(kept, slot))];
        if (others.Length == 0)
        {
            Console.WriteLine($"Version {kept.Version} of the map is as the shards tell.");
            return kept;
        }

        Console.WriteLine($"The map will be made anew of what the shards tell, version {rebuilt.Version} for version {kept.Version}:");
        foreach (SlotMove move in kept.Diff(rebuilt))
        {
            Console.WriteLine($"  not on {move.From}, but on {move.To}: {SlotList.Format(move.Slots)}");
        }

        int[] same = [.. others.Where(slot => rebuilt.GetShardId(slot) == kept.GetShardId(slot))];
        if (same.Length > 0)
        {
            Console.WriteLine($"  on their shard, with another epoch, or no longer moving: {SlotList.Format(same)}");
        }

        return rebuilt;

        static (string, long, SlotState) Place(ShardMap map, int slot) => (map.GetShardId(slot), map.GetEpoch(slot), map.GetState(slot));
    }
}
