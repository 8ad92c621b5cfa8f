using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>Slots that go from one shard to another together, in one copy.</summary>
/// <param name="Slots">The slots, ascending; at least one.</param>
/// <param name="From">The id of the shard that holds them.</param>
/// <param name="To">The id of the shard that is to hold them.</param>
public sealed record SlotMove(ImmutableArray<int> Slots, string From, string To);
