namespace ScalePrimitives.Sharding;

/// <summary>A slot that a map gives to one key, whatever the strategy would give it otherwise (<see cref="ShardMap.AddEntry"/>).</summary>
/// <param name="Key">The text of the key, as <see cref="DirectoryShardStrategy{TKey}.FormatKey"/> gives it.</param>
/// <param name="Slot">The slot.</param>
/// <param name="IsOpen">Whether the key is routed there. If not, it is not routed at all (<see cref="ShardKeyClosedException"/>), until every router knows of the entry.</param>
public readonly record struct ShardMapEntry(string Key, int Slot, bool IsOpen);
