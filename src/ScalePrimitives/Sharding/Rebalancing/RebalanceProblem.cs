using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>A map and its options in numbers. What moves is an item: a slot, or slots that belong together.</summary>
internal sealed class RebalanceProblem
{
    private const double Rounding = 1e-9;

    private readonly Func<int, string, bool>? _canHold;
    private readonly IReadOnlyList<string> _shardIds;
    private readonly bool[] _closed; // shards that take nothing more
    private readonly byte[] _answers = []; // of CanHold, which is the caller's and may take long: two bits for each item and shard, asked for and held

    public RebalanceProblem(ShardMap map, RebalanceOptions options)
    {
        CheckLength(options, options.Loads?.Count, map.SlotCount, nameof(options.Loads));
        CheckLength(options, options.Bytes?.Count, map.SlotCount, nameof(options.Bytes));
        CheckLength(options, options.CoLocation?.Count, map.SlotCount, nameof(options.CoLocation));
        _canHold = options.CanHold;
        _shardIds = map.ShardIds;
        Weights = WeightsOf(map, options);
        Items = ItemsOf(map, options);
        Loads = Array.ConvertAll(Items, item => item.Load);
        _closed = new bool[Weights.Length];
        _answers = _canHold is null ? [] : new byte[(((long)Items.Length * Weights.Length) + 3) / 4];
        CanLeave = [.. Items.Select((item, index) => CanLeaveShard(index, item.Origin))];
        MaxMoves = options.MaxMoves;
        LeastGain = Math.Max(options.Threshold, Rounding);
    }

    private RebalanceProblem(RebalanceProblem other, double[] loads, bool[] canLeave, bool[] closed)
    {
        (_canHold, _shardIds, _answers, Weights, MaxMoves, LeastGain) = (other._canHold, other._shardIds, other._answers, other.Weights, other.MaxMoves, other.LeastGain);
        Items = [.. other.Items.Select((item, index) => item with { Load = loads[index] })];
        (CanLeave, Loads, _closed) = (canLeave, loads, closed);
    }

    /// <summary>Gets the items, by falling load, and of equal loads by rising bytes.</summary>
    public Item[] Items { get; }

    /// <summary>Gets the items' loads once more, close together: searches look at little else.</summary>
    public double[] Loads { get; }

    /// <summary>Gets whether each item may be elsewhere than it was at the beginning.</summary>
    public bool[] CanLeave { get; }

    /// <summary>Gets the weight of each shard; 0 of one that is to hold nothing.</summary>
    public double[] Weights { get; }

    public int MaxMoves { get; }

    /// <summary>Gets the share of the peak by which it must fall for anything to move.</summary>
    public double LeastGain { get; }

    /// <summary>Gets the share of the peak to which it is searched for: finer than what is moved for.</summary>
    public double Precision => LeastGain / 8;

    /// <summary>Tells whether a shard may hold an item, pins not regarded.</summary>
    public bool CanHold(int item, int shard)
    {
        bool isClosed = _closed[shard] && !(Items[item].Load == 0 && Items[item].Origin == shard); // what weighs nothing may stay or go back
        if (Weights[shard] <= 0 || isClosed || _canHold is null)
        {
            return Weights[shard] > 0 && !isClosed;
        }

        const int Asked = 1;
        const int Held = 2;
        long pair = ((long)item * Weights.Length) + shard;
        ref byte four = ref _answers[pair / 4];
        int shift = 2 * (int)(pair % 4);
        if (((four >> shift) & Asked) == 0)
        {
            bool holds = Array.TrueForAll(Items[item].Slots, slot => _canHold(slot, _shardIds[shard]));
            four |= (byte)((holds ? Asked | Held : Asked) << shift);
        }

        return ((four >> shift) & Held) != 0;
    }

    /// <summary>
    /// The problem of what can still be evened out. Where one item, or what cannot leave, is more than a fair share, the shard that has it is fuller than the others wherever all else is: that core stays
    /// there, counts as a fair share of the rest, and the shard takes nothing more. Other items of more than a fair share count as one too: they will each fill a shard. Null when there is no such core.
    /// </summary>
    public RebalanceProblem? WithoutCores(RebalanceState state)
    {
        bool[] canLeave = [.. Items.Select((_, item) => CanLeaveShard(item, state.OwnerOf(item)))];
        (double[] cores, int[] heaviest) = CoresOf(state, canLeave);
        (double share, bool[] closed) = FairShare(state, canLeave, cores, heaviest);
        if (!closed.Contains(true) || closed.Count(isClosed => isClosed) >= Weights.Count(weight => weight > 0))
        {
            return null;
        }

        double weight = Weights.Where((_, shard) => !closed[shard] && Weights[shard] > 0).Average();
        var loads = new double[Items.Length];
        for (int item = 0; item < Items.Length; item++)
        {
            int shard = state.OwnerOf(item);
            bool isCore = closed[shard] && (heaviest[shard] >= 0 ? item == heaviest[shard] : !canLeave[item]);
            canLeave[item] &= !isCore;
            loads[item] = isCore ? Items[item].Load * share * Weights[shard] / cores[shard]
                : canLeave[item] ? Math.Min(Items[item].Load, share * weight)
                : Items[item].Load;
        }

        return new RebalanceProblem(this, loads, canLeave, closed);
    }

    // Of each shard what cannot leave, or the heaviest item where that is more, and then which it is.
    private (double[] Cores, int[] Heaviest) CoresOf(RebalanceState state, bool[] canLeave)
    {
        double[] cores = new double[Weights.Length];
        int[] heaviest = new int[Weights.Length];
        Array.Fill(heaviest, -1);
        for (int item = 0; item < Items.Length; item++)
        {
            int shard = state.OwnerOf(item);
            cores[shard] += canLeave[item] ? 0 : Items[item].Load;
            heaviest[shard] = heaviest[shard] < 0 && canLeave[item] ? item : heaviest[shard]; // they come by falling load
        }

        for (int shard = 0; shard < Weights.Length; shard++)
        {
            bool isMore = heaviest[shard] >= 0 && Items[heaviest[shard]].Load > cores[shard];
            (cores[shard], heaviest[shard]) = isMore ? (Items[heaviest[shard]].Load, heaviest[shard]) : (cores[shard], -1);
        }

        return (cores, heaviest);
    }

    // The fullest first: each core or item that is more than the share of all that is left takes a shard, and leaves the others with less.
    private (double Share, bool[] Closed) FairShare(RebalanceState state, bool[] canLeave, double[] cores, int[] heaviest)
    {
        int[] open = [.. Enumerable.Range(0, Weights.Length).Where(shard => Weights[shard] > 0)];
        double weight = open.Sum(shard => Weights[shard]);
        double load = open.Sum(state.LoadOf);
        int left = open.Length;
        var lumps = open.Select(shard => (Load: cores[shard], Weight: Weights[shard], Shard: shard))
            .Concat(Enumerable.Range(0, Items.Length)
                .Where(item => canLeave[item] && heaviest[state.OwnerOf(item)] != item)
                .Select(item => (Items[item].Load, Weight: weight / open.Length, Shard: -1)));
        bool[] closed = new bool[Weights.Length];
        foreach ((double lump, double own, int shard) in lumps.OrderByDescending(lump => lump.Load / lump.Weight))
        {
            if (left <= 1 || lump / own <= load / weight * (1 + LeastGain))
            {
                break;
            }

            (load, weight, left) = (load - lump, weight - own, left - 1);
            if (shard >= 0)
            {
                closed[shard] = true;
            }
        }

        return (load / weight, closed);
    }

    private bool CanLeaveShard(int item, int from) => !Items[item].Pinned && Enumerable.Range(0, Weights.Length).Any(shard => shard != from && CanHold(item, shard));

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
