using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>A key is not routed yet: the map has an entry for it that is not open (<see cref="ShardMap.OpenEntry"/>), since routers with an older map may still send it elsewhere.</summary>
/// <param name="key">The text of the key.</param>
/// <param name="slot">The slot of the entry.</param>
public sealed class ShardKeyClosedException(string key, int slot) : Exception(string.Create(
    CultureInfo.InvariantCulture,
    $"The key '{key}' has an entry for slot {slot} in the map that is not open yet. Open it once every router has the map (MaxMapAge, and the longest call), and the key has no data in the slot that it had before; with data it needs a move."))
{
    /// <summary>Gets the text of the key.</summary>
    public string Key { get; } = key;

    /// <summary>Gets the slot that the key will have.</summary>
    public int Slot { get; } = slot;
}
