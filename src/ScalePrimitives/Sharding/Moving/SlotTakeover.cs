namespace ScalePrimitives.Sharding;

/// <summary>What the shards know of a migration that was taken over.</summary>
/// <param name="State">The state to go on from: <see cref="SlotMigrationState.Moved"/> when the source has given the slots away, and <see cref="SlotMigrationState.HandingOver"/> when it has given away
/// some, whatever the record says; otherwise a state from which nothing is missed that a crashed mover knew.</param>
/// <param name="HoldsSlots">Whether the migration has claimed all its slots at the source, so that nobody else moves them.</param>
public readonly record struct SlotTakeover(SlotMigrationState State, bool HoldsSlots);
