namespace ScalePrimitives.Sharding;

/// <summary>What a <see cref="RebalancePlanner"/> is to regard. Without any of it, shards get equal numbers of slots. Not thread-safe.</summary>
public sealed class RebalanceOptions
{
    /// <summary>Gets or sets the load of each slot, such as its requests or its rows: one number a slot, 0 or more.</summary>
    /// <value>Null, the default, counts each slot as 1.</value>
    public IReadOnlyList<double>? Loads { get; set; }

    /// <summary>Gets or sets how much data each slot has: of slots of equal load those with less are moved.</summary>
    /// <value>Null, the default, regards none.</value>
    public IReadOnlyList<long>? Bytes { get; set; }

    /// <summary>Gets or sets how strong single shards are, by id: one of weight 2 gets twice the load of one of weight 1.</summary>
    /// <value>Above 0; a shard that is not named has 1. Null, the default: all have 1.</value>
    public IReadOnlyDictionary<string, double>? Weights { get; set; }

    /// <summary>Gets or sets the shards that are to hold nothing: those that leave.</summary>
    /// <value>Ids of shards of the map. Null, the default: none.</value>
    public IReadOnlyCollection<string>? Excluded { get; set; }

    /// <summary>Gets or sets the slots that stay where they are, though their shard be excluded; those that are just moving (<see cref="SlotState.Moving"/>) are left alone in any case.</summary>
    /// <value>Null, the default: none.</value>
    public IReadOnlyCollection<int>? Pinned { get; set; }

    /// <summary>Gets or sets which slots move only together: one number a slot, the same for those that belong together, and below 0 for one that is alone.</summary>
    /// <value>Slots that belong together are on one shard. Null, the default: each is alone.</value>
    public IReadOnlyList<int>? CoLocation { get; set; }

    /// <summary>Gets or sets whether a shard may hold a slot: for data that must stay in a country, say. A slot on a shard that may not hold it must leave. Pure; asked at most once for each
    /// slot and shard, which are millions where there are thousands of shards, so it had better be quick.</summary>
    /// <value>Null, the default: each may hold each.</value>
    public Func<int, string, bool>? CanHold { get; set; }

    /// <summary>Gets or sets how many slots may move at most to even out the load. Slots that must leave their shard move whatever it is, and count.</summary>
    /// <value>0 or more; the default is <see cref="int.MaxValue"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 0.</exception>
    public int MaxMoves { get; set => field = Internal.Guard.InRange(value, 0, int.MaxValue); } = int.MaxValue;

    /// <summary>Gets or sets for how little slots move: a fullest shard that is above the lowest peak found by no more than this share of it is good enough, and moves that gain less are not made.</summary>
    /// <value>0 to 1; the default is 0.001, a thousandth. With 0 slots move for any gain, many of them for the last one; and a plan for thousands of slots with unequal loads takes long.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside this range.</exception>
    public double Threshold { get; set => field = Internal.Guard.InRange(value, 0, 1); } = 0.001;
}
