using System.Collections.Frozen;
using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>Puts single keys into slots by a table, and all others by another strategy: a large tenant gets a slot, and so a shard, of its own.</summary>
/// <remarks>O(1); allocates nothing; thread-safe. An entry for a key that has data already is a move of that data.</remarks>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
public sealed class DirectoryShardStrategy<TKey> : IShardStrategy<TKey>
    where TKey : notnull
{
    private readonly FrozenDictionary<TKey, int> _entries;
    private readonly IShardStrategy<TKey> _fallback;

    /// <summary>Initializes a directory.</summary>
    /// <param name="id">The name of the table, not empty. Maps carry it: give other entries another name.</param>
    /// <param name="entries">The slots of single keys.</param>
    /// <param name="fallback">What gives all other keys their slots, which need not leave those of the entries free.</param>
    /// <param name="slotCount">How many slots there are, from those of the fallback to <see cref="ShardMap.MaxSlotCount"/>; null for those of the fallback. More leave slots for entries alone.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is null or empty, an argument is null, or an entry has a slot that is not there.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slotCount"/> is outside its range.</exception>
    public DirectoryShardStrategy(string id, IEnumerable<KeyValuePair<TKey, int>> entries, IShardStrategy<TKey> fallback, int? slotCount = null)
    {
        Guard.NotNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(fallback);
        SlotCount = Guard.InRange(slotCount ?? fallback.SlotCount, fallback.SlotCount, ShardMap.MaxSlotCount, nameof(slotCount));
        _entries = entries.ToFrozenDictionary();
        _fallback = fallback;
        foreach ((TKey key, int slot) in _entries)
        {
            if (slot < 0 || slot >= SlotCount)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"entries must have slots from 0 to {SlotCount - 1}, but '{key}' has {slot}."), nameof(entries));
            }
        }

        Id = string.Create(CultureInfo.InvariantCulture, $"{id}+{fallback.Id}/{SlotCount}");
    }

    /// <summary>Gets the name of the table, that of the fallback and the number of slots.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public int SlotCount { get; }

    /// <inheritdoc/>
    public int GetSlot(TKey key)
    {
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return _entries.TryGetValue(key, out int slot) ? slot : _fallback.GetSlot(key);
    }
}
