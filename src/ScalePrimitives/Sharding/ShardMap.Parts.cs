using System.Collections.Immutable;
using System.Globalization;

namespace ScalePrimitives.Sharding;

// What both written forms are made of: slots that lie together and have the same shard, epoch and state are one run. Runs are as long as can be, so that a map has one form.
public sealed partial class ShardMap
{
    /// <summary>Lists the slots that another map of the lineage has on another shard.</summary>
    /// <param name="newer">The other map, which may have shards that this one has not.</param>
    /// <returns>The moves from this map to the other, by the shards they go from and to.</returns>
    /// <exception cref="ArgumentException"><paramref name="newer"/> is null, of another lineage, or has another number of slots.</exception>
    public ImmutableArray<SlotMove> Diff(ShardMap newer)
    {
        CheckComparable(newer);
        return
        [
            .. Enumerable.Range(0, SlotCount)
                .Select(slot => (Slot: slot, From: _shardIds[_owners[slot]], To: newer._shardIds[newer._owners[slot]]))
                .Where(each => each.From != each.To)
                .GroupBy(each => (each.From, each.To))
                .OrderBy(group => group.Key.From, StringComparer.Ordinal).ThenBy(group => group.Key.To, StringComparer.Ordinal)
                .Select(group => new SlotMove([.. group.Select(each => each.Slot)], group.Key.From, group.Key.To)),
        ];
    }

    /// <summary>Checks what every store of maps is given.</summary>
    internal static void CheckFollows(ShardMap map, long expectedVersion)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        if (map.Version <= expectedVersion)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"map must have a version above the expected one, {expectedVersion}, but has {map.Version}."), nameof(map));
        }
    }

    internal List<Run> GetRuns()
    {
        var runs = new List<Run>();
        for (int first = 0, last; first < _owners.Length; first = last)
        {
            for (last = first + 1; last < _owners.Length && _owners[last] == _owners[first] && _epochs[last] == _epochs[first] && _moving[last] == _moving[first];)
            {
                last++;
            }

            runs.Add(new Run(last - first, _owners[first], _epochs[first], _moving[first] ? SlotState.Moving : SlotState.Stable));
        }

        return runs;
    }

    /// <summary>Makes a map of what was read; null when it breaks a rule of maps, or is not the one form of its map.</summary>
    internal static ShardMap? FromParts(string id, string? strategyId, long version, int slotCount, string[] shardIds, ShardMapEntry[] entries, IReadOnlyList<Run> runs)
    {
        bool isNamed = ShardName.IsId(id) && (strategyId is null || ShardName.IsId(strategyId)) && version is >= 1 and <= MaxVersion && slotCount is >= 1 and <= MaxSlotCount && shardIds.Length is > 0 and <= MaxSlotCount;
        bool mayHaveEntries = entries.Length == 0 || (strategyId is not null && entries.Length <= MaxEntryCount);
        if (!isNamed || !AreOrdered(shardIds) || !mayHaveEntries || !AreOrdered(entries, slotCount))
        {
            return null;
        }

        var owners = new int[slotCount];
        var epochs = new long[slotCount];
        var moving = new bool[slotCount];
        int at = 0;
        for (int i = 0; i < runs.Count; i++)
        {
            (int count, int owner, long epoch, SlotState state) = runs[i];
            bool joins = i > 0 && runs[i - 1] with { Count = count } == runs[i]; // would be one run
            if (joins || count < 1 || count > slotCount - at || owner < 0 || owner >= shardIds.Length || epoch < 1 || epoch > version || state is not (SlotState.Stable or SlotState.Moving))
            {
                return null;
            }

            owners.AsSpan(at, count).Fill(owner);
            epochs.AsSpan(at, count).Fill(epoch);
            moving.AsSpan(at, count).Fill(state == SlotState.Moving);
            at += count;
        }

        return at == slotCount ? new ShardMap(id, strategyId, version, shardIds, owners, epochs, moving, entries) : null;
    }

    private static bool AreOrdered(string[] shardIds)
    {
        for (int i = 0; i < shardIds.Length; i++)
        {
            if (!ShardName.IsId(shardIds[i]) || (i > 0 && string.CompareOrdinal(shardIds[i - 1], shardIds[i]) >= 0))
            {
                return false;
            }
        }

        return true;
    }

    private void CheckComparable(ShardMap newer)
    {
        ArgumentNullException.ThrowIfNull(newer);
        if (newer.Id != Id || newer.SlotCount != SlotCount)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The map '{newer.Id}' of {newer.SlotCount} slots is not of the lineage '{Id}' of {SlotCount}."), nameof(newer));
        }
    }

    /// <summary>Slots in a row with the same shard, epoch and state.</summary>
    internal readonly record struct Run(int Count, int Owner, long Epoch, SlotState State);
}
