using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>Puts single keys into slots by a table, and all others by another strategy: a large tenant gets a slot, and so a shard, of its own.</summary>
/// <remarks>
/// <para>O(1); allocates nothing; thread-safe.</para>
/// <para>The entries given here are part of the <see cref="Id"/>, by a digest: a release with others is refused by routers and stores whose map was made for these. Entries that come later are the
/// map's (<see cref="ShardMap.AddEntry"/>): every router takes them up with it, and the id stays. So begin with no entries, where large keys may come. An entry for a key that has data already is a move of that data.</para>
/// </remarks>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
public sealed class DirectoryShardStrategy<TKey> : IMappedShardStrategy<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, int> _own; // never changed, so that threads may read it at once
    private readonly Dictionary<TKey, int> _entries; // with those of the map; the complement of the slot where the entry is closed
    private readonly IShardStrategy<TKey> _fallback;
    private readonly KeyText<TKey> _text;

    /// <summary>Initializes a directory.</summary>
    /// <param name="id">The name of the table, not empty.</param>
    /// <param name="entries">The slots of single keys, each key once.</param>
    /// <param name="fallback">What gives all other keys their slots, which need not leave those of the entries free.</param>
    /// <param name="slotCount">How many slots there are, from those of the fallback to <see cref="ShardMap.MaxSlotCount"/>; null for those of the fallback. More leave slots for entries alone.</param>
    /// <param name="formatKey">
    /// Gives each key a text of its own, the same in every process, at most 1,024 bytes of UTF-8. Null for <see cref="string"/>, <see cref="int"/>, <see cref="long"/>, <see cref="uint"/>, <see cref="ulong"/>,
    /// <see cref="Guid"/> and <see cref="DateOnly"/>.
    /// </param>
    /// <param name="parseKey">Gives the key of a text, for entries of maps; throws <see cref="FormatException"/> where there is none. Null for the types above; for others no map with entries is taken then.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="id"/> is null, empty or too long, an argument is null, a key is there twice or has no text of its own, or an entry has a slot that is not there.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slotCount"/> is outside its range.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="TKey"/> is another type, and there is no <paramref name="formatKey"/>.</exception>
    public DirectoryShardStrategy(
        string id, IEnumerable<KeyValuePair<TKey, int>> entries, IShardStrategy<TKey> fallback, int? slotCount = null, Func<TKey, string>? formatKey = null, Func<string, TKey>? parseKey = null)
    {
        ShardName.Check(id);
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(fallback);
        _text = KeyText<TKey>.Of(formatKey, parseKey);
        SlotCount = Guard.InRange(slotCount ?? fallback.SlotCount, fallback.SlotCount, ShardMap.MaxSlotCount, nameof(slotCount));
        _fallback = fallback;
        _entries = _own = [];
        var byText = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach ((TKey key, int slot) in entries)
        {
            string text = ShardName.CheckText(_text.Format(key), nameof(entries));
            if (slot < 0 || slot >= SlotCount)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"entries must have slots from 0 to {SlotCount - 1}, but '{text}' has {slot}."), nameof(entries));
            }

            if (!byText.TryAdd(text, slot) || !_own.TryAdd(key, slot))
            {
                throw new ArgumentException($"entries must have each key once, but '{text}' is there twice.", nameof(entries));
            }
        }

        Id = ShardName.Check(string.Create(CultureInfo.InvariantCulture, $"{id}:{DigestOf(_text.Kind, byText)}+{fallback.Id}/{SlotCount}"), nameof(id));
    }

    private DirectoryShardStrategy(DirectoryShardStrategy<TKey> own, Dictionary<TKey, int> entries)
    {
        (_own, _fallback, _text, SlotCount, Id) = (own._own, own._fallback, own._text, own.SlotCount, own.Id);
        _entries = entries;
    }

    /// <summary>Gets the name of the table, the digest of its entries, the id of the fallback and the number of slots.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public int SlotCount { get; }

    /// <inheritdoc/>
    /// <remarks>By the entries given at construction, and by those of a map where <see cref="For"/> gave the strategy: a router goes by those of its map.</remarks>
    /// <exception cref="ShardKeyClosedException">The map has an entry for the key that is not open yet.</exception>
    public int GetSlot(TKey key)
    {
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return !_entries.TryGetValue(key, out int slot) ? _fallback.GetSlot(key)
            : slot >= 0 ? slot
            : throw new ShardKeyClosedException(_text.Format(key), ~slot);
    }

    /// <summary>Gets the text that a map has for a key (<see cref="ShardMap.AddEntry"/>).</summary>
    /// <param name="key">The shard key.</param>
    /// <returns>The text: a number in decimal digits, a UUID in lower case with hyphens, a date as in 2026-11-28.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public string FormatKey(TKey key)
    {
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return _text.Format(key);
    }

    /// <inheritdoc/>
    /// <remarks>O(entries).</remarks>
    public IShardStrategy<TKey> For(ShardMap map)
    {
        ShardStrategies.CheckNamed(Id, map);
        if (map.Entries.Count == 0)
        {
            return new DirectoryShardStrategy<TKey>(this, _own);
        }

        var entries = new Dictionary<TKey, int>(_own);
        foreach (ShardMapEntry entry in map.Entries)
        {
            TKey key = TryParse(entry.Key, out TKey? parsed)
                ? parsed : throw new ArgumentException($"The map has an entry for '{entry.Key}', which the strategy '{Id}' cannot read{(_text.Parse is null ? ": give it parseKey" : "")}.", nameof(map));
            if (!entries.TryAdd(key, entry.IsOpen ? entry.Slot : ~entry.Slot))
            {
                throw new ArgumentException($"The map has an entry for the key '{entry.Key}', which the strategy '{Id}' has one for already.", nameof(map));
            }
        }

        return new DirectoryShardStrategy<TKey>(this, entries);
    }

    private static string DigestOf(string kind, SortedDictionary<string, int> entries)
    {
        var digest = new PlacementDigest();
        digest.Add("directory");
        digest.Add(kind);
        foreach ((string key, int slot) in entries)
        {
            digest.Add(key);
            digest.Add(slot);
        }

        return digest.ToString();
    }

    // Only what formats to the same text again: "007" and "7" would be two entries of one key.
    private bool TryParse(string text, [NotNullWhen(true)] out TKey? key)
    {
        try
        {
            key = _text.Parse is { } parse ? parse(text) : default;
            return _text.Parse is not null && key is not null && _text.Format(key) == text;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            key = default;
            return false;
        }
    }
}
