using System.Collections.Immutable;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>Which slots are to move: those that are named, or those of a plan.</summary>
/// <param name="Plan">What a plan is to regard.</param>
/// <param name="Slots">The slots that are named, as 1-5,9; null for the plan.</param>
/// <param name="To">Where named ones go.</param>
internal sealed record MoveChoice(PlanSettings Plan, string? Slots, string? To)
{
    /// <summary>Looks whether all that is named is there, before anything is done.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public void Check(ShardMap map)
    {
        if (Slots is null)
        {
            Plan.Check(map);
            return;
        }

        SlotList.Parse(Slots, map.SlotCount);
        if (!map.ShardIds.Contains(To))
        {
            throw new FormatException($"--to: there is no shard '{To}'; there are {string.Join(", ", map.ShardIds)}.");
        }
    }

    /// <summary>Finds the moves, and prints them.</summary>
    public async Task<ImmutableArray<SlotMove>> FindAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        ShardMap map = cluster.Router.Map;
        if (Slots is null)
        {
            SlotLoads loads = await SlotLoads.MeasureAsync(cluster, cancellationToken);
            RebalancePlan planned = Plan.Plan(map, loads);
            Report.WritePlan(map, loads, Plan, planned);
            return planned.Moves;
        }

        IEnumerable<IGrouping<string, int>> byShard = SlotList.Parse(Slots, map.SlotCount).GroupBy(map.GetShardId, StringComparer.Ordinal);
        ImmutableArray<SlotMove> moves = [.. byShard.Where(group => group.Key != To).Select(group => new SlotMove([.. group], group.Key, To!))];
        if (moves.IsEmpty)
        {
            Console.WriteLine($"Nothing to move: '{To}' holds these slots already.");
        }

        foreach (SlotMove move in moves)
        {
            Console.WriteLine($"{Text.Describe(move)}: {SlotList.Format(move.Slots)}");
        }

        return moves;
    }
}
