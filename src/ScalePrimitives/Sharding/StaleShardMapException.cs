using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>A shard refuses a call because the slot has moved away: whoever called has an old map. Thrown before anything is committed, so that the call may be made where the slot is now.</summary>
/// <param name="slot">The slot.</param>
/// <param name="shardId">The id of the shard that holds it now, as far as the refusing one knows.</param>
/// <param name="epoch">The epoch of the slot there.</param>
/// <param name="innerException">What the database said, or null.</param>
public sealed class StaleShardMapException(int slot, string shardId, long epoch, Exception? innerException = null)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"Slot {slot} has moved to '{shardId}' with epoch {epoch}."), innerException)
{
    /// <summary>Gets the slot.</summary>
    public int Slot { get; } = slot;

    /// <summary>Gets the id of the shard that holds the slot now.</summary>
    public string ShardId { get; } = shardId;

    /// <summary>Gets the epoch of the slot there.</summary>
    public long Epoch { get; } = epoch;
}
