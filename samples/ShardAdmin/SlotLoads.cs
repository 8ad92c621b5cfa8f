using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>How many requests each slot has, and for how many pages.</summary>
internal sealed record SlotLoads(long[] Requests, long[] Pages)
{
    public long Total => Requests.Sum();

    /// <summary>Counts them on all shards, each slot once though slots move meanwhile.</summary>
    public static async Task<SlotLoads> MeasureAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        int slots = cluster.Router.Map.SlotCount;
        var loads = new SlotLoads(new long[slots], new long[slots]);
        ScatterResult<List<(int Slot, long Requests, long Pages)>> counted = await cluster.QueryAsync(
            slots => $"SELECT slot, COUNT(*), COUNT(DISTINCT page) FROM {RequestTable.Name} WHERE slot IN ({slots}) GROUP BY slot",
            static row => (row.GetInt32(0), row.GetInt64(1), row.GetInt64(2)),
            cancellationToken);
        foreach ((int slot, long requests, long pages) in counted.Answers.SelectMany(answer => answer.Value))
        {
            (loads.Requests[slot], loads.Pages[slot]) = (requests, pages);
        }

        return loads;
    }

    public long On(ShardMap map, string shardId) => map.GetSlots(shardId).Sum(slot => Requests[slot]);
}
