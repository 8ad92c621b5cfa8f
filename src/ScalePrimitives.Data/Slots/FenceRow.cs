namespace ScalePrimitives.Data;

/// <summary>What the fence of a slot says.</summary>
/// <param name="State">What the shard may do with the slot.</param>
/// <param name="Epoch">The epoch of the slot: where it is, or where it is to be.</param>
/// <param name="Peer">The shard that has it, or had it before.</param>
/// <param name="MoveId">The migration that has claimed it, or null.</param>
/// <param name="IsOver">Whether the time of a freeze is over.</param>
internal readonly record struct FenceRow(FenceState State, long Epoch, string? Peer, string? MoveId, bool IsOver);
