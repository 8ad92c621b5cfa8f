using System.Buffers;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Routes keys to shards by the newest map it was given. Lookups read one snapshot without a lock: during a swap each lookup,
/// and each whole batch, sees either the old map or the new one.
/// </summary>
/// <remarks>Routing takes O(1) and allocates nothing. It reads a clock where the age of the map is enforced (<see cref="ShardRouterOptions.MaxMapAge"/>). Thread-safe.</remarks>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
/// <typeparam name="TShard">What a shard is reached by, such as a data source or a client.</typeparam>
public sealed partial class ShardRouter<TKey, TShard> : IShardMapFollower
{
    private readonly IShardStrategy<TKey> _strategy;
    private readonly Func<string, TShard> _resolve;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _frozenBudget;
    private readonly Lock _updating = new();
    private readonly ShardRouterCounts _counts = new();
    private volatile Snapshot _current;

    /// <summary>Initializes a router.</summary>
    /// <param name="strategy">Turns keys into slots.</param>
    /// <param name="map">The map to start with.</param>
    /// <param name="resolve">
    /// Gives what a shard is reached by, from its id. Called once for each shard id when it first appears in a map; a shard that
    /// left and comes back is resolved anew, and so may be one that a redirect named and no map has. It must not use this router, nor wait for long: whoever brings a map or a redirect waits for it.
    /// </param>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="strategy"/>, <paramref name="map"/> or <paramref name="resolve"/> is null.</exception>
    /// <exception cref="ArgumentException">The map has another number of slots than the strategy, was made for another strategy, or for none while this one goes by a table, or has entries that it cannot go by.</exception>
    public ShardRouter(IShardStrategy<TKey> strategy, ShardMap map, Func<string, TShard> resolve, ShardRouterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(resolve);
        CheckStrategy(strategy, map);
        IShardStrategy<TKey> completed = ShardStrategies.For(strategy, map);
        options ??= new ShardRouterOptions();
        (_timeProvider, _frozenBudget) = (options.TimeProvider, options.FrozenBudget);
        _maxMapAge = options.MaxMapAge ?? ShardRouterOptions.DefaultMaxMapAge;
        _isAgeLimited = options.MaxMapAge is { } age && age != Timeout.InfiniteTimeSpan;
        _strategy = strategy;
        _resolve = resolve;
        _current = new Snapshot(map, [.. map.ShardIds.Select(Resolve)], completed, ConfirmedAt: null);
    }

    /// <summary>Gets the map that lookups use now, however old it is.</summary>
    public ShardMap Map => _current.Map;

    /// <summary>Gets all shards of the current map, in the order of <see cref="ShardMap.ShardIds"/>.</summary>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public IReadOnlyList<TShard> Shards => Array.AsReadOnly(Fresh().Shards);

    /// <summary>Gets all shards of the current map by id, in the order of <see cref="ShardMap.ShardIds"/>: what <see cref="ScatterGather"/> asks.</summary>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public IReadOnlyList<KeyValuePair<string, TShard>> ShardsById
    {
        get
        {
            Snapshot current = Fresh();
            return [.. current.Map.ShardIds.Zip(current.Shards, KeyValuePair.Create)];
        }
    }

    /// <summary>Gets what a shard is reached by. Says nothing of what it holds, and so regards no age of the map.</summary>
    /// <param name="shardId">The id of a shard of the current map.</param>
    /// <returns>What the resolving function gave for it.</returns>
    /// <exception cref="ArgumentException"><paramref name="shardId"/> is null, or the current map has no such shard.</exception>
    public TShard GetShard(string shardId)
    {
        ArgumentNullException.ThrowIfNull(shardId);
        Snapshot current = _current;
        int index = current.Map.FindShard(shardId);
        return index >= 0 ? current.Shards[index] : throw new ArgumentException($"The map has no shard '{shardId}'.", nameof(shardId));
    }

    /// <summary>Finds where a key lives.</summary>
    /// <param name="key">The shard key.</param>
    /// <returns>The shard, the key's slot and the slot's epoch.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The strategy gave a slot outside the map.</exception>
    /// <exception cref="ShardKeyClosedException">The map has an entry for the key that is not open yet.</exception>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public ShardRoute<TShard> Route(TKey key)
    {
        Snapshot current = Fresh();
        int slot = SlotOf(key, current);
        return new ShardRoute<TShard>(current.Shards[current.Map.GetShardIndex(slot)], slot, current.Map.GetEpochUnchecked(slot));
    }

    /// <summary>Splits a batch of keys by the shard they live on, by one version of the map.</summary>
    /// <param name="keys">The shard keys; repeats are kept.</param>
    /// <returns>A group for each shard that holds at least one of the keys, in the order of <see cref="ShardMap.ShardIds"/>.</returns>
    /// <remarks>O(keys + shards). The keys of all groups share one array.</remarks>
    /// <exception cref="ArgumentNullException">A key is null.</exception>
    /// <exception cref="InvalidOperationException">The strategy gave a slot outside the map.</exception>
    /// <exception cref="ShardKeyClosedException">The map has an entry for one of the keys that is not open yet.</exception>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public IReadOnlyList<ShardGroup<TKey, TShard>> Group(params ReadOnlySpan<TKey> keys)
    {
        Snapshot current = Fresh();
        int[] owners = ArrayPool<int>.Shared.Rent(keys.Length);
        try
        {
            // Counting sort by shard. ends[s] starts as the number of keys on shard s and becomes the end of its run.
            int[] ends = new int[current.Shards.Length];
            for (int i = 0; i < keys.Length; i++)
            {
                owners[i] = current.Map.GetShardIndex(SlotOf(keys[i], current));
                ends[owners[i]]++;
            }

            int[] counts = [.. ends];
            for (int shard = 1; shard < ends.Length; shard++)
            {
                ends[shard] += ends[shard - 1];
            }

            // Backwards, so that the keys of a shard keep the order of the batch.
            var grouped = new TKey[keys.Length];
            for (int i = keys.Length - 1; i >= 0; i--)
            {
                grouped[--ends[owners[i]]] = keys[i];
            }

            var groups = new List<ShardGroup<TKey, TShard>>();
            for (int shard = 0; shard < counts.Length; shard++)
            {
                if (counts[shard] > 0)
                {
                    groups.Add(new(current.Map.ShardIds[shard], current.Shards[shard], new ReadOnlyCollection<TKey>(new ArraySegment<TKey>(grouped, ends[shard], counts[shard]))));
                }
            }

            return groups;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(owners);
        }
    }

    /// <inheritdoc cref="Group(ReadOnlySpan{TKey})"/>
    /// <exception cref="ArgumentNullException"><paramref name="keys"/> is null.</exception>
    public IReadOnlyList<ShardGroup<TKey, TShard>> Group(IEnumerable<TKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Group(keys.ToArray().AsSpan());
    }

    /// <summary>
    /// Lets the listeners of the meter <c>ScalePrimitives.Sharding</c> know how the router fares: <c>sharding.redirects</c>, <c>sharding.refusals</c> (by <c>reason</c>: <c>frozen</c> slots and <c>expired</c>
    /// maps), <c>sharding.map.age</c> in seconds (how long ago the map was confirmed to be the newest) and <c>sharding.map.version</c>.
    /// </summary>
    /// <param name="name">The value of the tag <c>sharding.router</c>, which tells routers apart. Not empty.</param>
    /// <returns>What ends it when it is disposed of. Until then it holds on to the router.</returns>
    /// <remarks>What is counted is counted in any case, and where a call goes another way than straight to its shard; routing itself counts nothing. Keys are never told.</remarks>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null or empty.</exception>
    public IDisposable PublishInstruments(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ShardingInstruments(name, _counts, () => AgeOf(_current), () => Map.Version);
    }

    /// <summary>Swaps to a newer map of the same lineage.</summary>
    /// <param name="map">The map.</param>
    /// <returns>True when it is in use now; false when the current map is as new or newer, in which case nothing changes.</returns>
    /// <remarks>An exception of the resolving function passes to the caller, and the current map stays. Two maps of one version, made apart
    /// from one another, are not told apart: let one place, such as a store that compares and swaps, make the versions. Nor is the map younger for it: only a
    /// <see cref="ShardMapWatcher"/> knows when the store was asked.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="map"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The map has another <see cref="ShardMap.Id"/>, was made for another strategy, has another number of slots, entries that the strategy cannot go by, or another slot for a key whose entry was open.
    /// </exception>
    public bool TryUpdate(ShardMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        CheckStrategy(_strategy, map);
        lock (_updating)
        {
            Snapshot current = _current;
            current.Map.CheckReplacedBy(map);
            if (map.Version <= current.Map.Version)
            {
                return false;
            }

            IShardStrategy<TKey> strategy = ShardStrategies.For(_strategy, map);

            // Complete before it is published: a reader that sees the snapshot sees every shard in it.
            var next = new Snapshot(map, [.. map.ShardIds.Select(id => current.Map.FindShard(id) is >= 0 and var known ? current.Shards[known] : ShardOf(id))], strategy, current.ConfirmedAt);
            if (!ReferenceEquals(_current, current))
            {
                throw new InvalidOperationException("The function that resolves shards updated the router that called it.");
            }

            _current = next;
            foreach (string known in _unmapped.Keys.Where(id => map.FindShard(id) >= 0))
            {
                _unmapped.TryRemove(known, out _); // the map has it now
            }

            return true;
        }
    }

    private static void CheckStrategy(IShardStrategy<TKey> strategy, ShardMap map)
    {
        if (string.IsNullOrEmpty(strategy.Id))
        {
            throw new ArgumentException("The strategy has no Id, by which maps tell strategies apart.", nameof(strategy));
        }

        if (map.SlotCount != strategy.SlotCount)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The map has {map.SlotCount} slots, but the strategy '{strategy.Id}' has {strategy.SlotCount}."),
                nameof(map));
        }

        if (map.StrategyId is { } id && id != strategy.Id)
        {
            throw new ArgumentException(
                $"The map was made for the strategy '{id}', but the router uses '{strategy.Id}'. Boundaries and entries are part of the id: the two would put one key into two slots. A key without data gets a slot of its own by an entry of the map (AddEntry); one with data needs a move.",
                nameof(map));
        }
    }

    private TShard Resolve(string shardId) =>
        _resolve(shardId) ?? throw new InvalidOperationException($"The resolving function gave null for the shard '{shardId}'.");

    private static int SlotOf(TKey key, Snapshot current)
    {
        int slot = current.Strategy.GetSlot(key);
        if ((uint)slot >= (uint)current.Map.SlotCount)
        {
            ThrowSlot(slot, current.Map.SlotCount);
        }

        return slot;
    }

    [DoesNotReturn]
    private static void ThrowSlot(int slot, int slotCount) =>
        throw new InvalidOperationException(
            string.Create(CultureInfo.InvariantCulture, $"The strategy gave slot {slot}, but slots are from 0 to {slotCount - 1}."));

    /// <summary>A map, its shards, the strategy with its entries, and when there was none newer: replaced together by one reference write.</summary>
    private sealed record Snapshot(ShardMap Map, TShard[] Shards, IShardStrategy<TKey> Strategy, long? ConfirmedAt);
}
