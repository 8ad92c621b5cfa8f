using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>A shard refuses a write because the slot is about to move: the end of the move is a moment away. Thrown before anything is committed, so that the write may be tried again.</summary>
/// <param name="slot">The slot.</param>
/// <param name="innerException">What the database said, or null.</param>
public sealed class SlotFrozenException(int slot, Exception? innerException = null)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"Slot {slot} is frozen while it moves to another shard; try again in a moment."), innerException)
{
    /// <summary>Gets the slot.</summary>
    public int Slot { get; } = slot;
}
