namespace ScalePrimitives.Sharding;

/// <summary>How far a migration is.</summary>
/// <param name="Id">The id of the migration.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Rows">How many rows this state has copied, compared or deleted so far.</param>
/// <param name="TotalRows">How many it will be, as far as is known; 0 when it is not.</param>
/// <param name="Bytes">How many bytes it has copied so far, about.</param>
/// <param name="DirtyKeys">How many keys were written meanwhile and have been copied again so far.</param>
public readonly record struct SlotMigrationProgress(Guid Id, SlotMigrationState State, long Rows, long TotalRows, long Bytes, long DirtyKeys);
