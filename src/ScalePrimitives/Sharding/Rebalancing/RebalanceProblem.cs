using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>A map and its options in numbers. What moves is an item: a slot, or slots that belong together.</summary>
internal sealed class RebalanceProblem
{
    private const double Rounding = 1e-9;

    private readonly Func<int, string, bool>? _canHold;
    private readonly IReadOnlyList<string> _shardIds;

    public RebalanceProblem(ShardMap map, RebalanceOptions options)
    {
        CheckLength(options, options.Loads?.Count, map.SlotCount, nameof(options.Loads));
        CheckLength(options, options.Bytes?.Count, map.SlotCount, nameof(options.Bytes));
        CheckLength(options, options.CoLocation?.Count, map.SlotCount, nameof(options.CoLocation));
        _canHold = options.CanHold;
        _shardIds = map.ShardIds;
        Weights = WeightsOf(map, options);
        Items = ItemsOf(map, options);
        CanLeave = Array.ConvertAll(Items, item => !item.Pinned && Enumerable.Range(0, Weights.Length).Any(shard => shard != item.Origin && CanHold(item, shard)));
        MaxMoves = options.MaxMoves;
        LeastGain = Math.Max(options.Threshold, Rounding);
    }

    /// <summary>Gets the items, by falling load, and of equal loads by rising bytes.</summary>
    public Item[] Items { get; }

    /// <summary>Gets whether each item may be elsewhere than it was at first.</summary>
    public bool[] CanLeave { get; }

    /// <summary>Gets the weight of each shard; 0 of one that is to hold nothing.</summary>
    public double[] Weights { get; }

    public int MaxMoves { get; }

    /// <summary>Gets the share of the peak by which it must fall for anything to move.</summary>
    public double LeastGain { get; }

    /// <summary>Gets the share of the peak to which it is searched for: finer than what is moved for.</summary>
    public double Precision => LeastGain / 8;

    /// <summary>Tells whether a shard may hold an item, pins not regarded.</summary>
    public bool CanHold(Item item, int shard) =>
        Weights[shard] > 0 && (_canHold is null || Array.TrueForAll(item.Slots, slot => _canHold(slot, _shardIds[shard])));

    private static double[] WeightsOf(ShardMap map, RebalanceOptions options)
    {
        double[] weights = new double[map.ShardIds.Count];
        Array.Fill(weights, 1);
        foreach ((string id, double weight) in options.Weights ?? new Dictionary<string, double>())
        {
            if (!(weight > 0 && double.IsFinite(weight)))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Weights must be finite and above 0, but that of '{id}' is {weight}."), nameof(options));
            }

            weights[IndexOf(map, id, options)] = weight;
        }

        foreach (string id in options.Excluded ?? [])
        {
            weights[IndexOf(map, id, options)] = 0;
        }

        return Array.Exists(weights, weight => weight > 0) ? weights : throw new ArgumentException("Excluded must leave at least one shard.", nameof(options));
    }

    private static Item[] ItemsOf(ShardMap map, RebalanceOptions options)
    {
        var groups = new Dictionary<int, List<int>>();
        for (int slot = 0; slot < map.SlotCount; slot++)
        {
            int group = options.CoLocation?[slot] is >= 0 and int together ? together : ~slot; // one that is alone has a number below 0 of its own
            if (!groups.TryGetValue(group, out List<int>? slots))
            {
                groups.Add(group, slots = []);
            }
            else if (map.GetShardIndex(slots[0]) != map.GetShardIndex(slot))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"CoLocation must hold together what is on one shard, but slots {slots[0]} and {slot} of {group} are not."), nameof(options));
            }

            slots.Add(slot);
        }

        HashSet<int> pinned = [.. options.Pinned ?? []];
        Item[] items = [.. groups.Values.Select(slots => new Item(
            [.. slots],
            map.GetShardIndex(slots[0]),
            slots.Sum(slot => LoadOf(options, slot)),
            slots.Sum(slot => options.Bytes?[slot] ?? 0),
            slots.Exists(slot => pinned.Contains(slot) || map.GetState(slot) == SlotState.Moving)))];
        Array.Sort(items, static (left, right) => left.Load != right.Load ? right.Load.CompareTo(left.Load) : left.Bytes != right.Bytes ? left.Bytes.CompareTo(right.Bytes) : left.Slots[0].CompareTo(right.Slots[0]));
        return items;
    }

    private static double LoadOf(RebalanceOptions options, int slot)
    {
        double load = options.Loads?[slot] ?? 1;
        return load >= 0 && double.IsFinite(load)
            ? load
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Loads must be finite and 0 or more, but that of slot {slot} is {load}."), nameof(options));
    }

    private static int IndexOf(ShardMap map, string id, RebalanceOptions options)
    {
        int index = map.FindShard(id);
        return index >= 0 ? index : throw new ArgumentException($"The map has no shard '{id}', which the options name.", nameof(options));
    }

    private static void CheckLength(RebalanceOptions options, int? length, int slotCount, string property)
    {
        if (length is not null && length != slotCount)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{property} must have one number for each of the {slotCount} slots, but has {length}."), nameof(options));
        }
    }

    internal sealed record Item(int[] Slots, int Origin, double Load, long Bytes, bool Pinned);
}
