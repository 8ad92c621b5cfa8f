namespace ScalePrimitives.Data;

/// <summary>How a fence differs from the map.</summary>
public enum SlotFenceProblem
{
    /// <summary>It accepts a slot that the map gives to another shard, as after a restore. A repair makes it refuse.</summary>
    AcceptsForeign,

    /// <summary>It refuses a slot that the map gives to this shard, which may have lost the rows. Only a repair that acquires makes it accept.</summary>
    RefusesOwn,

    /// <summary>It has an older epoch than the map. A repair raises it.</summary>
    OlderEpoch,

    /// <summary>It has a newer epoch than the map, which has gone back. A repair is refused: the map is to be made anew.</summary>
    NewerEpoch,

    /// <summary>A migration has claimed it that the map knows nothing of. A repair frees it.</summary>
    Claimed,

    /// <summary>There is no row. A repair adds one: it refuses the slot, unless it acquires what the map gives to this shard.</summary>
    Missing,
}
