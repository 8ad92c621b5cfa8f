using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>Compares each shard with the map: it accepts the slots that the map gives it and no others, and has rows of no others. Slots that are moving may be on their way.</summary>
internal static class FenceCheck
{
    public static async Task RunAsync(Cluster cluster, ShardMap map, HashSet<int> moving, Findings findings, CancellationToken cancellationToken)
    {
        var shards = cluster.Router.ShardsById.Select(shard => KeyValuePair.Create(shard.Key, shard.Value));
        ScatterResult<(HashSet<int> Accepted, List<(int Slot, long Rows)> Rows)> result = await ScatterGather.QueryAsync(shards, (shard, token) => ReadAsync(cluster, map, shard, token), cancellationToken: cancellationToken);
        foreach ((string id, (HashSet<int> accepted, List<(int Slot, long Rows)> rows)) in result.Answers)
        {
            foreach (int slot in Enumerable.Range(0, map.SlotCount).Where(slot => !moving.Contains(slot) && accepted.Contains(slot) != (map.GetShardId(slot) == id)))
            {
                findings.Add(
                    accepted.Contains(slot) ? "a fence accepts a slot of another shard" : "a fence refuses a slot of its own shard",
                    $"slot {slot} on '{id}', while the map says '{map.GetShardId(slot)}'");
            }

            foreach ((int slot, long count) in rows.Where(each => each.Slot < 0 || each.Slot >= map.SlotCount || (!moving.Contains(each.Slot) && map.GetShardId(each.Slot) != id)))
            {
                findings.Add("rows are where the map does not look for them", $"{Text.Count(count, "row")} of slot {slot} on '{id}'");
            }
        }
    }

    private static async ValueTask<(HashSet<int> Accepted, List<(int Slot, long Rows)> Rows)> ReadAsync(Cluster cluster, ShardMap map, DbDataSource shard, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await shard.OpenConnectionAsync(cancellationToken);
        await using DbTransaction transaction = await Databases.BeginReadAsync(connection, cancellationToken);
        HashSet<int> accepted = await AcceptedAsync(cluster, map, transaction, cancellationToken);
        return (accepted, await Sql.QueryAsync(connection, transaction, $"SELECT slot, COUNT(*) FROM {RequestTable.Name} GROUP BY slot", static row => (row.GetInt32(0), row.GetInt64(1)), cancellationToken));
    }

    // Each refusal names the slots that are refused for the same reason; what is left in the end is accepted.
    private static async Task<HashSet<int>> AcceptedAsync(Cluster cluster, ShardMap map, DbTransaction transaction, CancellationToken cancellationToken)
    {
        HashSet<int> left = [.. Enumerable.Range(0, map.SlotCount)];
        while (left.Count > 0)
        {
            try
            {
                await cluster.Fence.CheckReadAsync(transaction, [.. left.Select(slot => new SlotEpoch(slot, map.GetEpoch(slot)))], cancellationToken);
                break;
            }
            catch (StaleShardMapException refused)
            {
                left.ExceptWith(refused.Slots);
            }
        }

        return left;
    }
}
