namespace ScalePrimitives.Sharding;

/// <summary>A slot, and the epoch that one map gives it: what a shard checks before it is read.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Epoch">Its epoch.</param>
public readonly record struct SlotEpoch(int Slot, long Epoch);
