using System.Globalization;
using System.Text.Json.Serialization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Says which shard holds each logical slot. Immutable and versioned: every change gives a new map whose version is one higher.
/// As long as the changes of a lineage are made one after the other, everyone agrees which of two maps is newer.
/// </summary>
/// <remarks>
/// Each slot has an epoch as well, which rises whenever it changes its shard. It lets a shard tell a stale router from a
/// current one for the very slot in question. Memory is about 13 bytes a slot. Lookups take O(1) and allocate nothing,
/// changes O(slots). Thread-safe.
/// </remarks>
[JsonConverter(typeof(ShardMapJsonConverter))]
public sealed partial class ShardMap
{
    /// <summary>The greatest number of slots, 2^20.</summary>
    public const int MaxSlotCount = 1 << 20;

    /// <summary>The greatest version, 2^53 − 1, up to which every reader of JSON counts exactly. Changes go up one by one, so that none is ever made; a form with a greater one is no map.</summary>
    public const long MaxVersion = (1L << 53) - 1;

    private readonly string[] _shardIds;
    private readonly int[] _owners;
    private readonly long[] _epochs;
    private readonly bool[] _moving;

    /// <summary>
    /// Makes the first version of a map, in which each shard holds a contiguous run of slots, their numbers differing by at most one.
    /// </summary>
    /// <param name="slotCount">How many slots, from the number of shards to <see cref="MaxSlotCount"/>; the same as the strategy's.</param>
    /// <param name="shardIds">The ids of the shards, in any order: distinct (ordinal), none empty, with NUL in it, or longer than 1,024 bytes of UTF-8; at least one.</param>
    /// <param name="id">The name of the lineage: routers refuse maps of another. Not empty, without NUL, at most 1,024 bytes of UTF-8.</param>
    /// <param name="strategyId">The <see cref="IShardStrategy{TKey}.Id"/> that placed the data; null lets any strategy with as many slots use the map that goes by no table.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slotCount"/> is outside its range.</exception>
    /// <exception cref="ArgumentException">There are no shard ids, one is null, empty, too long, no valid text, with NUL in it or a duplicate, or <paramref name="id"/> or <paramref name="strategyId"/> is empty, too long, no valid text or with NUL in it.</exception>
    public ShardMap(int slotCount, IEnumerable<string> shardIds, string id = "default", string? strategyId = null)
    {
        Guard.InRange(slotCount, 1, MaxSlotCount);
        ArgumentNullException.ThrowIfNull(shardIds);
        Id = ShardName.Check(id);
        StrategyId = strategyId is null ? null : ShardName.Check(strategyId);
        _shardIds = CheckAndOrder(shardIds);
        if (slotCount < _shardIds.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(slotCount),
                slotCount,
                string.Create(CultureInfo.InvariantCulture, $"slotCount must be from {_shardIds.Length}, the number of shards, to {MaxSlotCount}, but was {slotCount}."));
        }

        ShardIds = Array.AsReadOnly(_shardIds);
        Entries = Array.AsReadOnly(_entries = []);
        Version = 1;
        _owners = new int[slotCount];
        _epochs = new long[slotCount];
        _moving = new bool[slotCount];
        for (int slot = 0; slot < slotCount; slot++)
        {
            _owners[slot] = (int)((long)slot * _shardIds.Length / slotCount);
            _epochs[slot] = Version;
        }
    }

    private ShardMap(ShardMap previous, string[] shardIds, int[] owners, long[] epochs, bool[] moving, ShardMapEntry[]? entries = null)
        : this(previous.Id, previous.StrategyId, previous.NextVersion, shardIds, owners, epochs, moving, entries ?? previous._entries)
    {
    }

    private ShardMap(string id, string? strategyId, long version, string[] shardIds, int[] owners, long[] epochs, bool[] moving, ShardMapEntry[] entries)
    {
        (Id, StrategyId, Version) = (id, strategyId, version);
        (_shardIds, _owners, _epochs, _moving, _entries) = (shardIds, owners, epochs, moving, entries);
        (ShardIds, Entries) = (Array.AsReadOnly(shardIds), Array.AsReadOnly(entries));
    }

    /// <summary>Gets the name of the lineage that this map belongs to; "default" unless given.</summary>
    public string Id { get; }

    /// <summary>Gets the id of the strategy that placed the data, or null when the map is bound to none.</summary>
    public string? StrategyId { get; }

    /// <summary>Gets the version, from 1 to <see cref="MaxVersion"/>; of two maps of one lineage the higher is the newer.</summary>
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

    /// <summary>Gets a number that rose each time the slot changed its shard.</summary>
    /// <param name="slot">0 to <see cref="SlotCount"/> − 1.</param>
    /// <returns>1 to <see cref="Version"/>: at most the version in which the slot last changed its shard.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slot"/> is outside its range.</exception>
    public long GetEpoch(int slot) => _epochs[CheckSlot(slot)];

    /// <summary>Gets whether a slot is on its way to another shard. It is routed to the one that holds it either way.</summary>
    /// <param name="slot">0 to <see cref="SlotCount"/> − 1.</param>
    /// <returns>The state.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slot"/> is outside its range.</exception>
    public SlotState GetState(int slot) => _moving[CheckSlot(slot)] ? SlotState.Moving : SlotState.Stable;

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
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, empty, longer than 1,024 bytes of UTF-8, no valid text, with NUL in it, or present already.</exception>
    /// <exception cref="InvalidOperationException">The map has come to <see cref="MaxVersion"/>.</exception>
    public ShardMap AddShard(string shardId)
    {
        ShardName.Check(shardId);
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
            _epochs,
            _moving);
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
            _epochs,
            _moving);
    }

    /// <summary>
    /// Makes the next version, in which some slots are held by another shard, and stable. Those that change their shard get the new
    /// version as their epoch; those it holds already keep theirs.
    /// </summary>
    /// <param name="slots">The slots to move, each 0 to <see cref="SlotCount"/> − 1.</param>
    /// <param name="shardId">The id of the shard that receives them.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, or no shard has it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A slot is outside its range.</exception>
    public ShardMap Move(ReadOnlySpan<int> slots, string shardId) => MoveTo(slots, IndexOf(shardId), NextVersion);

    /// <summary>Makes the next version, in which some slots are held by another shard, and stable, with the epoch under which that shard has taken them already.</summary>
    /// <param name="slots">The slots to move, each 0 to <see cref="SlotCount"/> − 1.</param>
    /// <param name="shardId">The id of the shard that has them.</param>
    /// <param name="epoch">The epoch of those that change their shard: above the one that each has, and at most the new version.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, or no shard has it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A slot or <paramref name="epoch"/> is outside its range.</exception>
    public ShardMap Move(ReadOnlySpan<int> slots, string shardId, long epoch)
    {
        int target = IndexOf(shardId);
        long floor = 0;
        foreach (int slot in slots)
        {
            floor = _owners[CheckSlot(slot)] == target ? floor : Math.Max(floor, _epochs[slot]);
        }

        Guard.InRange(epoch, floor + 1, NextVersion);
        return MoveTo(slots, target, epoch);
    }

    /// <summary>Makes the next version, in which some slots are in a state.</summary>
    /// <param name="slots">The slots, each 0 to <see cref="SlotCount"/> − 1.</param>
    /// <param name="state">The state.</param>
    /// <returns>The new map.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A slot or <paramref name="state"/> is outside its range.</exception>
    public ShardMap SetState(ReadOnlySpan<int> slots, SlotState state)
    {
        Guard.InRange((int)state, (int)SlotState.Stable, (int)SlotState.Moving, nameof(state));
        bool[] moving = [.. _moving];
        foreach (int slot in slots)
        {
            moving[CheckSlot(slot)] = state == SlotState.Moving;
        }

        return new ShardMap(this, _shardIds, _owners, _epochs, moving);
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
            ShardName.Check(shardId, nameof(shardIds));
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

    private ShardMap MoveTo(ReadOnlySpan<int> slots, int target, long epoch)
    {
        int[] owners = [.. _owners];
        long[] epochs = [.. _epochs];
        bool[] moving = [.. _moving];
        foreach (int slot in slots)
        {
            epochs[CheckSlot(slot)] = owners[slot] == target ? epochs[slot] : epoch;
            (owners[slot], moving[slot]) = (target, false);
        }

        return new ShardMap(this, _shardIds, owners, epochs, moving);
    }

    private long NextVersion => Version < MaxVersion ? Version + 1
        : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The map has come to the version {MaxVersion}, and no other can follow."));

    private int CheckSlot(int slot) => Guard.InRange(slot, 0, _owners.Length - 1);

    private int IndexOf(string shardId)
    {
        ArgumentNullException.ThrowIfNull(shardId);
        int index = FindShard(shardId);
        return index >= 0 ? index : throw new ArgumentException($"The map has no shard '{shardId}'.", nameof(shardId));
    }
}
