namespace ScalePrimitives.Sharding;

/// <summary>What a map says of a slot beside its shard.</summary>
public enum SlotState
{
    /// <summary>It stays where it is.</summary>
    Stable,

    /// <summary>It is on its way to another shard. Nothing else is to move it; calls still go to the shard that the map names.</summary>
    Moving,
}
