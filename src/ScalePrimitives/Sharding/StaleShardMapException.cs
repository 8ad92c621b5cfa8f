using System.Collections.Immutable;
using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>A shard refuses a call because slots have moved away: whoever called has an old map. Thrown before anything is committed, so that the call may be made where the slots are now.</summary>
public sealed class StaleShardMapException : Exception
{
    /// <summary>Tells of one slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="shardId">The id of the shard that holds it now, as far as the refusing one knows.</param>
    /// <param name="epoch">The epoch of the slot there.</param>
    /// <param name="innerException">What the database said, or null.</param>
    public StaleShardMapException(int slot, string shardId, long epoch, Exception? innerException = null)
        : this([slot], shardId, epoch, innerException)
    {
    }

    /// <summary>Tells of slots that have moved together.</summary>
    /// <param name="slots">The slots, at least one.</param>
    /// <param name="shardId">The id of the shard that holds them now, as far as the refusing one knows.</param>
    /// <param name="epoch">The epoch of the slots there.</param>
    /// <exception cref="ArgumentException">There are no slots.</exception>
    public StaleShardMapException(ImmutableArray<int> slots, string shardId, long epoch)
        : this(slots, shardId, epoch, innerException: null)
    {
    }

    private StaleShardMapException(ImmutableArray<int> slots, string shardId, long epoch, Exception? innerException)
        : base(string.Create(CultureInfo.InvariantCulture, $"Slot {(slots.IsDefaultOrEmpty ? throw new ArgumentException("slots must have one at least.", nameof(slots)) : slots[0])} has moved to '{shardId}' with epoch {epoch}{(slots.Length > 1 ? $", and {slots.Length - 1} more" : "")}."), innerException) =>
        (Slots, ShardId, Epoch) = (slots, shardId, epoch);

    /// <summary>Gets the slot, the first of <see cref="Slots"/>.</summary>
    public int Slot => Slots[0];

    /// <summary>Gets the slots.</summary>
    public ImmutableArray<int> Slots { get; }

    /// <summary>Gets the id of the shard that holds the slots now.</summary>
    public string ShardId { get; }

    /// <summary>Gets the epoch of the slots there.</summary>
    public long Epoch { get; }
}
