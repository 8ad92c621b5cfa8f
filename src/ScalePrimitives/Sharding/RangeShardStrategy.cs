using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>Keeps keys that lie together in order together: each slot holds the keys from one boundary up to the next. For reads of ranges; a key that always grows writes to one slot.</summary>
/// <remarks>
/// <para>O(log slots); allocates nothing where the comparer does not; thread-safe.</para>
/// <para>Boundaries and order are part of the <see cref="Id"/>, by a digest: a release with others is refused by routers and stores whose map was made for these. So they never change. Make more ranges
/// than are needed today, as a slot costs next to nothing. A single key gets a slot of its own by a <see cref="DirectoryShardStrategy{TKey}"/> over the ranges. Splitting a range that holds data is a move of its rows.</para>
/// </remarks>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
public sealed class RangeShardStrategy<TKey> : IMappedShardStrategy<TKey>
{
    private readonly TKey[] _boundaries;
    private readonly IComparer<TKey> _comparer;

    /// <summary>Initializes a strategy of ranges.</summary>
    /// <param name="id">The name of the ranges, not empty.</param>
    /// <param name="boundaries">The first key of each slot but the first: strictly ascending, up to <see cref="ShardMap.MaxSlotCount"/> − 1 of them. None: one slot.</param>
    /// <param name="comparer">
    /// The order of keys, the same in every process. Null for that of <see cref="string"/> (ordinal: a culture's differs by machine), <see cref="int"/>, <see cref="long"/>, <see cref="uint"/>,
    /// <see cref="ulong"/>, <see cref="Guid"/> and <see cref="DateOnly"/>; other types have none that is known to be so.
    /// </param>
    /// <param name="comparerName">
    /// What the order is known by, not empty: give another order another name. Null where there is no comparer, and for <see cref="StringComparer.Ordinal"/> and
    /// <see cref="StringComparer.OrdinalIgnoreCase"/>, whose names are known.
    /// </param>
    /// <param name="formatKey">Gives each key a text of its own, the same in every process, at most 1,024 bytes of UTF-8; null for the types above.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="id"/> is null, empty or too long; the boundaries are null, hold null, do not ascend, are too many, or have equal texts; there is no comparer where there has to be one, or a
    /// comparer without a name or a name without a comparer.
    /// </exception>
    /// <exception cref="NotSupportedException"><typeparamref name="TKey"/> is another type, and there is no <paramref name="formatKey"/>.</exception>
    public RangeShardStrategy(string id, IEnumerable<TKey> boundaries, IComparer<TKey>? comparer = null, string? comparerName = null, Func<TKey, string>? formatKey = null)
    {
        ShardName.Check(id);
        ArgumentNullException.ThrowIfNull(boundaries);
        KeyText<TKey> text = KeyText<TKey>.Of(formatKey, parse: null);
        string order = NameOf(comparer, comparerName);
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

        Id = ShardName.Check(string.Create(CultureInfo.InvariantCulture, $"{id}:{DigestOf(_boundaries, text, order)}/{SlotCount}"), nameof(id));
    }

    /// <summary>Gets the name of the ranges, the digest of boundaries and order, and the number of slots, as in <c>years:07907a68c43439a68a6711ec94f7e04c/2</c>.</summary>
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

    /// <inheritdoc/>
    /// <remarks>O(1): this strategy itself. It takes no entries.</remarks>
    public IShardStrategy<TKey> For(ShardMap map)
    {
        ShardStrategies.CheckNamed(Id, map);
        ShardStrategies.CheckNoEntries(Id, map);
        return this;
    }

    private static string NameOf(IComparer<TKey>? comparer, string? comparerName)
    {
        if (comparer is null)
        {
            return comparerName is not null ? throw new ArgumentException("There is no comparer to name.", nameof(comparerName))
                : KeyText<TKey>.BuiltIn is not null ? "default"
                : throw new ArgumentException($"Keys of type {typeof(TKey)} have no order that is known to be the same on every machine (texts in them may compare by a culture): give one, and its name.", nameof(comparer));
        }

        return comparerName is not null ? "custom:" + Guard.NotNullOrEmpty(comparerName)
            : comparer is IEqualityComparer<string?> known && StringComparer.IsWellKnownOrdinalComparer(known, out bool ignoreCase) ? (ignoreCase ? "ordinal-ignore-case" : "default")
            : throw new ArgumentException("A comparer decides where keys are, as boundaries do: give it a name, and another one another name.", nameof(comparerName));
    }

    private static string DigestOf(TKey[] boundaries, KeyText<TKey> text, string order)
    {
        var digest = new PlacementDigest();
        digest.Add("ranges");
        digest.Add(text.Kind);
        digest.Add(order);
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (TKey boundary in boundaries)
        {
            string key = ShardName.CheckText(text.Format(boundary), nameof(boundaries));
            digest.Add(seen.Add(key) ? key : throw new ArgumentException($"boundaries must have a text each, but two have '{key}'.", nameof(boundaries)));
        }

        return digest.ToString();
    }
}
