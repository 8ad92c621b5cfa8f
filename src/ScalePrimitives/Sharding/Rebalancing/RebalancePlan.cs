using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>Which slots are to move, and what that is good for. Immutable.</summary>
/// <param name="Moves">The moves, by the shards they go from and to; each slot once. None: the map is as good as the planner can make it.</param>
/// <param name="PeakBefore">The load of the fullest shard before, divided by its weight; infinite when a shard holds what it must not.</param>
/// <param name="PeakAfter">The same after all moves.</param>
public sealed record RebalancePlan(ImmutableArray<SlotMove> Moves, double PeakBefore, double PeakAfter)
{
    /// <summary>Gets how many slots move.</summary>
    public int SlotCount => Moves.Sum(move => move.Slots.Length);

    /// <summary>Makes the map after all moves, one version for each.</summary>
    /// <param name="map">The map that was planned for, or a later one in which the slots are where they were.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="map"/> is null.</exception>
    /// <exception cref="ArgumentException">A slot is not on the shard it is to move from, or the map has no such shard.</exception>
    public ShardMap Apply(ShardMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        foreach (SlotMove move in Moves)
        {
            foreach (int slot in move.Slots)
            {
                if (map.GetShardId(slot) != move.From)
                {
                    throw new ArgumentException($"The slot {slot} is on '{map.GetShardId(slot)}' and not on '{move.From}': the plan is for another map.", nameof(map));
                }
            }
        }

        return Moves.Aggregate(map, static (changed, move) => changed.Move(move.Slots.AsSpan(), move.To));
    }
}
