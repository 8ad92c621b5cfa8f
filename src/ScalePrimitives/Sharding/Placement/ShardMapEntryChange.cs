namespace ScalePrimitives.Sharding;

/// <summary>What became of the entry of a key between two maps.</summary>
/// <param name="Before">The entry in the older map; null when it had none.</param>
/// <param name="After">The entry in the newer map; null when it has none.</param>
public readonly record struct ShardMapEntryChange(ShardMapEntry? Before, ShardMapEntry? After)
{
    /// <summary>Gets the text of the key.</summary>
    public string Key => (After ?? Before)?.Key ?? "";
}
