namespace ScalePrimitives.Sharding;

/// <summary>What is kept of a migration, so that it can go on after a crash, elsewhere. Immutable.</summary>
/// <param name="Id">The id of the migration, which marks all it does on the shards.</param>
/// <param name="MapId">The <see cref="ShardMap.Id"/> of the map.</param>
/// <param name="Move">What moves.</param>
/// <param name="Epoch">The epoch that the slots have at the target, above any that they had.</param>
/// <param name="State">How far it is.</param>
/// <param name="Attempt">How often it was taken over, and begun: from 1. Only the newest attempt can change anything.</param>
/// <param name="Revision">How often the record was written, from 1.</param>
public sealed record SlotMigrationRecord(Guid Id, string MapId, SlotMove Move, long Epoch, SlotMigrationState State, int Attempt, long Revision)
{
    /// <summary>Gets whether nothing is left to do.</summary>
    public bool IsFinished => State is SlotMigrationState.Retired or SlotMigrationState.Cancelled;

    /// <summary>Gets whether the target has all the slots, for good.</summary>
    public bool HasMoved => State is SlotMigrationState.Moved or SlotMigrationState.Published or SlotMigrationState.Retired;
}
