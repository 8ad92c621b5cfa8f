namespace ScalePrimitives.Sharding;

/// <summary>
/// Turns a key into a logical slot. A key's slot never changes: growing moves slots between shards (<see cref="ShardMap"/>),
/// never keys between slots. Implementations are pure and thread-safe.
/// </summary>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
public interface IShardStrategy<in TKey>
{
    /// <summary>
    /// Gets the name of the function from keys to slots. Two strategies have the same id only if they give every key the same
    /// slot; a map made for one id is refused by routers of another.
    /// </summary>
    string Id { get; }

    /// <summary>Gets how many slots there are, from 1 to <see cref="ShardMap.MaxSlotCount"/>.</summary>
    int SlotCount { get; }

    /// <summary>Finds the slot of a key.</summary>
    /// <param name="key">The shard key.</param>
    /// <returns>0 to <see cref="SlotCount"/> − 1.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    int GetSlot(TKey key);
}
