using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>Keeps keys that lie together in order together: each slot holds the keys from one boundary up to the next. For reads of ranges; a key that always grows writes to one slot.</summary>
/// <remarks>O(log slots); allocates nothing where the comparer does not; thread-safe. Boundaries never change: splitting a slot that holds data is a move of its keys to another.</remarks>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
public sealed class RangeShardStrategy<TKey> : IShardStrategy<TKey>
{
    private readonly TKey[] _boundaries;
    private readonly IComparer<TKey> _comparer;

    /// <summary>Initializes a strategy of ranges.</summary>
    /// <param name="id">The name of the ranges, not empty. Maps carry it: give other boundaries another name.</param>
    /// <param name="boundaries">The first key of each slot but the first: strictly ascending, up to <see cref="ShardMap.MaxSlotCount"/> − 1 of them. None: one slot.</param>
    /// <param name="comparer">The order of keys; null for the type's own, and for text the ordinal one, since that of a culture differs by machine.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is null or empty, or the boundaries are null, hold null, do not ascend or are too many.</exception>
    public RangeShardStrategy(string id, IEnumerable<TKey> boundaries, IComparer<TKey>? comparer = null)
    {
        Guard.NotNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(boundaries);
        _comparer = comparer ?? (typeof(TKey) == typeof(string) ? (IComparer<TKey>)StringComparer.Ordinal : Comparer<TKey>.Default);
        _boundaries = [.. boundaries];
        SlotCount = _boundaries.Length + 1;
        if (SlotCount > ShardMap.MaxSlotCount)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"boundaries must be at most {ShardMap.MaxSlotCount - 1}, but are {_boundaries.Length}."), nameof(boundaries));
        }

        for (int i = 0; i < _boundaries.Length; i++)
        {
            if (_boundaries[i] is null || (i > 0 && _comparer.Compare(_boundaries[i - 1], _boundaries[i]) >= 0))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"boundaries must ascend strictly, but the one at {i} does not come after the one before."), nameof(boundaries));
            }
        }

        Id = string.Create(CultureInfo.InvariantCulture, $"{id}/{SlotCount}");
    }

    /// <summary>Gets the name of the ranges and the number of slots.</summary>
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

        int found = Array.BinarySearch(_boundaries, key, _comparer);
        return found >= 0 ? found + 1 : ~found; // a boundary is the first key of the slot after it
    }
}
