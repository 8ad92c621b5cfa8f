using System.Collections.Immutable;
using System.Globalization;

namespace ScalePrimitives.Sharding;

// Slots of single keys. An entry that is open never changes and never leaves: a key's slot does not change by a new map. What such a change needs is a move, which rewrites the rows of the key.
public sealed partial class ShardMap
{
    /// <summary>The greatest number of entries, 2^16.</summary>
    public const int MaxEntryCount = 1 << 16;

    private const string NeedsMove = "A key that may have data changes its slot only by a move that rewrites its rows.";

    private readonly ShardMapEntry[] _entries; // by key, in ordinal order

    /// <summary>Gets the slots of single keys, in ordinal order of their texts.</summary>
    public IReadOnlyList<ShardMapEntry> Entries { get; }

    /// <summary>
    /// Makes the next version, with an entry for a key that has no data yet, such as a tenant that is about to come. It is closed: routers that take up the map refuse the key
    /// (<see cref="ShardKeyClosedException"/>). Once no router has an older map, open it (<see cref="OpenEntry"/>).
    /// </summary>
    /// <param name="key">The text of the key, at most 1,024 bytes of UTF-8: <see cref="DirectoryShardStrategy{TKey}.FormatKey"/>. Texts are their own.</param>
    /// <param name="slot">The slot that the key is to have, 0 to <see cref="SlotCount"/> − 1.</param>
    /// <returns>The new map.</returns>
    /// <remarks>O(slots + entries), as all changes of a map. Whether the key has data is not known here. One that has needs a move of its rows; an entry alone would lose sight of them.</remarks>
    /// <exception cref="ArgumentException"><paramref name="key"/> is null, too long, no valid text, or has an entry.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slot"/> is outside its range.</exception>
    /// <exception cref="InvalidOperationException">The map names no strategy, has <see cref="MaxEntryCount"/> entries, or has come to <see cref="MaxVersion"/>.</exception>
    public ShardMap AddEntry(string key, int slot)
    {
        ShardName.CheckText(key);
        CheckSlot(slot);
        if (StrategyId is null)
        {
            throw new InvalidOperationException("The map names no strategy, so that no router would go by an entry: make it with the id of a DirectoryShardStrategy.");
        }

        if (_entries.Length == MaxEntryCount)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The map has {MaxEntryCount} entries, and takes no more."));
        }

        int found = FindEntry(key);
        if (found >= 0)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The key '{key}' has an entry for slot {_entries[found].Slot} already. {NeedsMove}"), nameof(key));
        }

        int added = ~found;
        return WithEntries([.. _entries.AsSpan(0, added), new ShardMapEntry(key, slot, IsOpen: false), .. _entries.AsSpan(added)]);
    }

    /// <summary>
    /// Makes the next version, in which the key of a closed entry is routed to its slot, for good. Before it is published, two things must hold, and the map knows neither: every router has the map with
    /// the closed entry, which is so when the longest <see cref="ShardRouterOptions.MaxMapAge"/> and the longest call have passed since that one was published; and the key has no data in the slot that
    /// it had before, since what routers with older maps have written there would be lost sight of.
    /// </summary>
    /// <param name="key">The text of the key.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is null, or has no entry.</exception>
    /// <exception cref="InvalidOperationException">The entry is open already, or the map has come to <see cref="MaxVersion"/>.</exception>
    public ShardMap OpenEntry(string key)
    {
        int found = ClosedEntry(key);
        ShardMapEntry[] entries = [.. _entries];
        entries[found] = entries[found] with { IsOpen = true };
        return WithEntries(entries);
    }

    /// <summary>Makes the next version, without an entry that is closed: the key has the slot that it had before.</summary>
    /// <param name="key">The text of the key.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is null, or has no entry.</exception>
    /// <exception cref="InvalidOperationException">The entry is open, so that the key may have data in its slot; or the map has come to <see cref="MaxVersion"/>.</exception>
    public ShardMap RemoveEntry(string key)
    {
        int found = ClosedEntry(key);
        return WithEntries([.. _entries.AsSpan(0, found), .. _entries.AsSpan(found + 1)]);
    }

    /// <summary>Lists the keys whose entries are others in another map of the lineage.</summary>
    /// <param name="newer">The other map.</param>
    /// <returns>The changes from this map to the other, in ordinal order of the keys.</returns>
    /// <exception cref="ArgumentException"><paramref name="newer"/> is null, of another lineage, or has another number of slots.</exception>
    public ImmutableArray<ShardMapEntryChange> DiffEntries(ShardMap newer)
    {
        CheckComparable(newer);
        Dictionary<string, ShardMapEntry> after = newer._entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        return
        [
            .. _entries.Where(entry => !after.TryGetValue(entry.Key, out ShardMapEntry other) || other != entry)
                .Select(entry => new ShardMapEntryChange(entry, after.TryGetValue(entry.Key, out ShardMapEntry other) ? other : null))
                .Concat(newer._entries.Where(entry => FindEntry(entry.Key) < 0).Select(entry => new ShardMapEntryChange(null, entry)))
                .OrderBy(change => change.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>Checks that a map may take the place of this one, whatever versions they have: it is of the same lineage, and every key that may have data has its slot still.</summary>
    /// <exception cref="ArgumentException">It may not.</exception>
    internal void CheckReplacedBy(ShardMap map)
    {
        if (map.Id != Id || map.StrategyId != StrategyId)
        {
            throw new ArgumentException($"The map '{Id}' of strategy '{StrategyId}' is in use, but '{map.Id}' of '{map.StrategyId}' was given.", nameof(map));
        }

        (ShardMap older, ShardMap newer) = map.Version < Version ? (map, this) : (this, map);
        foreach (ShardMapEntry entry in older._entries)
        {
            int found = entry.IsOpen ? newer.FindEntry(entry.Key) : 0;
            if (entry.IsOpen && (found < 0 || newer._entries[found] != entry))
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The key '{entry.Key}' has slot {entry.Slot} by the map of version {older.Version}, and {(found < 0 ? "no entry" : $"another entry, for slot {newer._entries[found].Slot},")} by that of {newer.Version}. {NeedsMove}"), nameof(map));
            }
        }
    }

    private static bool AreOrdered(ShardMapEntry[] entries, int slotCount)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            (string key, int slot, _) = entries[i];
            if (slot < 0 || slot >= slotCount || !ShardName.IsText(key) || (i > 0 && string.CompareOrdinal(entries[i - 1].Key, key) >= 0))
            {
                return false;
            }
        }

        return true;
    }

    private ShardMap WithEntries(ShardMapEntry[] entries) => new(this, _shardIds, _owners, _epochs, _moving, entries);

    private int ClosedEntry(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int found = FindEntry(key);
        return found < 0 ? throw new ArgumentException($"The map has no entry for the key '{key}'.", nameof(key))
            : _entries[found].IsOpen ? throw new InvalidOperationException($"The entry of the key '{key}' is open. {NeedsMove}")
            : found;
    }

    // The position of an entry, or the complement of where it would stand.
    private int FindEntry(string key)
    {
        int low = 0;
        for (int high = _entries.Length; low < high;)
        {
            // Invariant: entries[..low] < key <= entries[high..].
            int middle = low + ((high - low) / 2);
            (low, high) = string.CompareOrdinal(_entries[middle].Key, key) < 0 ? (middle + 1, high) : (low, middle);
        }

        return low < _entries.Length && _entries[low].Key == key ? low : ~low;
    }
}
