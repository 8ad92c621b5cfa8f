using System.Globalization;
using System.Text.Json.Serialization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Says which shard holds each logical slot. Immutable and versioned: every change gives a new map whose version is one higher.
/// As long as the changes of a lineage are made one after the other, everyone agrees which of two maps is newer.
/// </summary>
/// <remarks>
/// Each slot has an epoch as well, the version of the map in which it last changed its shard. It lets a shard tell a stale
/// router from a current one for the very slot in question. Memory is about 12 bytes a slot. Lookups take O(1) and allocate
/// nothing, changes O(slots). Thread-safe.
/// </remarks>
[JsonConverter(typeof(ShardMapJsonConverter))]
public sealed partial class ShardMap
{
    /// <summary>The greatest number of slots, 2^20.</summary>
    public const int MaxSlotCount = 1 << 20;

    private readonly string[] _shardIds;
    private readonly int[] _owners;
    private readonly long[] _epochs;

    /// <summary>
    /// Makes the first version of a map, in which each shard holds a contiguous run of slots, their numbers differing by at most one.
    /// </summary>
    /// <param name="slotCount">How many slots, from the number of shards to <see cref="MaxSlotCount"/>; the same as the strategy's.</param>
    /// <param name="shardIds">The ids of the shards, in any order: distinct (ordinal), none empty, at least one.</param>
    /// <param name="id">The name of the lineage: routers refuse maps of another. Not empty.</param>
    /// <param name="strategyId">The <see cref="IShardStrategy{TKey}.Id"/> that placed the data; null lets any strategy with as many slots use the map.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slotCount"/> is outside its range.</exception>
    /// <exception cref="ArgumentException">There are no shard ids, one is null, empty or a duplicate, or <paramref name="id"/> or <paramref name="strategyId"/> is empty.</exception>
    public ShardMap(int slotCount, IEnumerable<string> shardIds, string id = "default", string? strategyId = null)
    {
        Guard.InRange(slotCount, 1, MaxSlotCount);
        ArgumentNullException.ThrowIfNull(shardIds);
        Id = Guard.NotNullOrEmpty(id);
        StrategyId = strategyId is null ? null : Guard.NotNullOrEmpty(strategyId);
        _shardIds = CheckAndOrder(shardIds);
        if (slotCount < _shardIds.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(slotCount),
                slotCount,
                string.Create(CultureInfo.InvariantCulture, $"slotCount must be from {_shardIds.Length}, the number of shards, to {MaxSlotCount}, but was {slotCount}."));
        }

        ShardIds = Array.AsReadOnly(_shardIds);
        Version = 1;
        _owners = new int[slotCount];
        _epochs = new long[slotCount];
        for (int slot = 0; slot < slotCount; slot++)
        {
            _owners[slot] = (int)((long)slot * _shardIds.Length / slotCount);
            _epochs[slot] = Version;
        }
    }

    private ShardMap(ShardMap previous, string[] shardIds, int[] owners, long[] epochs)
    {
        Id = previous.Id;
        StrategyId = previous.StrategyId;
        Version = checked(previous.Version + 1);
        _shardIds = shardIds;
        ShardIds = Array.AsReadOnly(shardIds);
        _owners = owners;
        _epochs = epochs;
    }

    private ShardMap(string id, string? strategyId, long version, string[] shardIds, int[] owners, long[] epochs)
    {
        (Id, StrategyId, Version) = (id, strategyId, version);
        (_shardIds, _owners, _epochs) = (shardIds, owners, epochs);
        ShardIds = Array.AsReadOnly(shardIds);
    }

    /// <summary>Gets the name of the lineage that this map belongs to; "default" unless given.</summary>
    public string Id { get; }

    /// <summary>Gets the id of the strategy that placed the data, or null when the map is bound to none.</summary>
    public string? StrategyId { get; }

    /// <summary>Gets the version, from 1; of two maps of one lineage the higher is the newer.</summary>
    public long Version { get; }

    /// <summary>Gets the number of slots.</summary>
    public int SlotCount => _owners.Length;

    /// <summary>Gets the ids of the shards, in ordinal order, those without slots included.</summary>
    public IReadOnlyList<string> ShardIds { get; }

    /// <summary>Gets the shard that holds a slot.</summary>
    /// <param name="slot">0 to <see cref="SlotCount"/> − 1.</param>
    /// <returns>The shard's id.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slot"/> is outside its range.</exception>
    public string GetShardId(int slot) => _shardIds[_owners[CheckSlot(slot)]];

    /// <summary>Gets the version of the map in which a slot last changed its shard.</summary>
    /// <param name="slot">0 to <see cref="SlotCount"/> − 1.</param>
    /// <returns>1 to <see cref="Version"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slot"/> is outside its range.</exception>
    public long GetEpoch(int slot) => _epochs[CheckSlot(slot)];

    /// <summary>Gets the slots that a shard holds.</summary>
    /// <param name="shardId">The id of one of the shards.</param>
    /// <returns>The slots in ascending order, none for a shard that joined and was given none yet.</returns>
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, or no shard has it.</exception>
    public int[] GetSlots(string shardId)
    {
        int owner = IndexOf(shardId);
        int[] slots = new int[_owners.AsSpan().Count(owner)];
        for (int slot = 0, next = 0; slot < _owners.Length; slot++)
        {
            if (_owners[slot] == owner)
            {
                slots[next++] = slot;
            }
        }

        return slots;
    }

    /// <summary>Makes the next version, with one more shard that holds no slot yet.</summary>
    /// <param name="shardId">The id of the shard that joins.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, empty, or present already.</exception>
    public ShardMap AddShard(string shardId)
    {
        Guard.NotNullOrEmpty(shardId);
        int found = FindShard(shardId);
        if (found >= 0)
        {
            throw new ArgumentException($"The shard '{shardId}' is in the map already.", nameof(shardId));
        }

        int added = ~found;
        return new ShardMap(
            this,
            [.. _shardIds.AsSpan(0, added), shardId, .. _shardIds.AsSpan(added)],
            Array.ConvertAll(_owners, owner => owner < added ? owner : owner + 1),
            _epochs);
    }

    /// <summary>Makes the next version, without a shard that holds no slot.</summary>
    /// <param name="shardId">The id of the shard that leaves.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, or no shard has it.</exception>
    /// <exception cref="InvalidOperationException">The shard still holds slots: move them first.</exception>
    public ShardMap RemoveShard(string shardId)
    {
        int removed = IndexOf(shardId);
        int held = _owners.AsSpan().Count(removed);
        if (held > 0)
        {
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"The shard '{shardId}' still holds {held} slots; move them to another shard first."));
        }

        return new ShardMap(
            this,
            [.. _shardIds.AsSpan(0, removed), .. _shardIds.AsSpan(removed + 1)],
            Array.ConvertAll(_owners, owner => owner < removed ? owner : owner - 1),
            _epochs);
    }

    /// <summary>
    /// Makes the next version, in which some slots are held by another shard. Those that change their shard get the new version
    /// as their epoch; those it holds already stay as they are.
    /// </summary>
    /// <param name="slots">The slots to move, each 0 to <see cref="SlotCount"/> − 1.</param>
    /// <param name="shardId">The id of the shard that receives them.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, or no shard has it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A slot is outside its range.</exception>
    public ShardMap Move(ReadOnlySpan<int> slots, string shardId)
    {
        int target = IndexOf(shardId);
        int[] owners = [.. _owners];
        long[] epochs = [.. _epochs];
        foreach (int slot in slots)
        {
            if (owners[CheckSlot(slot)] != target)
            {
                owners[slot] = target;
                epochs[slot] = checked(Version + 1);
            }
        }

        return new ShardMap(this, _shardIds, owners, epochs);
    }

    /// <summary>The position in <see cref="ShardIds"/> of the shard that holds a slot; the router's arrays lie in that order.</summary>
    internal int GetShardIndex(int slot) => _owners[slot];

    /// <summary>The epoch of a slot that the caller has checked.</summary>
    internal long GetEpochUnchecked(int slot) => _epochs[slot];

    /// <summary>The position of a shard in <see cref="ShardIds"/>, or the complement of where it would stand.</summary>
    internal int FindShard(string shardId) => Array.BinarySearch(_shardIds, shardId, StringComparer.Ordinal);

    private static string[] CheckAndOrder(IEnumerable<string> shardIds)
    {
        string[] ordered = shardIds.ToArray();
        foreach (string shardId in ordered)
        {
            Guard.NotNullOrEmpty(shardId, nameof(shardIds));
        }

        if (ordered.Length == 0)
        {
            throw new ArgumentException("A map has at least one shard.", nameof(shardIds));
        }

        Array.Sort(ordered, StringComparer.Ordinal);
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i] == ordered[i - 1])
            {
                throw new ArgumentException($"The shard id '{ordered[i]}' appears more than once.", nameof(shardIds));
            }
        }

        return ordered;
    }

    private int CheckSlot(int slot) => Guard.InRange(slot, 0, _owners.Length - 1);

    private int IndexOf(string shardId)
    {
        ArgumentNullException.ThrowIfNull(shardId);
        int index = FindShard(shardId);
        return index >= 0 ? index : throw new ArgumentException($"The map has no shard '{shardId}'.", nameof(shardId));
    }
}
