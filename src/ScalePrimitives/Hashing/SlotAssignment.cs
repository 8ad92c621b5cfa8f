using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>The result of a <see cref="SlotRace"/>: who comes first, second and third at each slot, and how many slots each node owns.</summary>
/// <remarks>
/// Only the order is kept, in six bytes a slot; a time that a change asks for is computed again. Memory is what a change costs
/// most, because it has to write all of it.
/// </remarks>
internal sealed class SlotAssignment
{
    private const ushort Nobody = SlotArrivals.Nobody;

    private readonly SlotRace _race;

    /// <summary>Second and third of each slot, side by side.</summary>
    private readonly ushort[] _next;

    /// <summary>No third arrival of any slot is later than this. It is not lowered when nodes join, but when their number has doubled.</summary>
    private double _latest;

    /// <summary>How many nodes there were when the latest third arrival was looked for.</summary>
    private int _latestCount;

    private SlotAssignment(SlotRace race, double latest, int latestCount)
    {
        _race = race;
        _latest = latest;
        _latestCount = latestCount;
        int slots = race.Count == 0 ? 0 : race.SlotCount;
        Owners = GC.AllocateUninitializedArray<ushort>(slots);
        _next = GC.AllocateUninitializedArray<ushort>(2 * slots);
        Counts = new int[race.Count];
    }

    public int Bits => _race.Bits;

    /// <summary>Gets the owner of each slot; empty without nodes, so that the check of the array's bounds finds that as well.</summary>
    public ushort[] Owners { get; }

    /// <summary>Gets how many slots each node owns.</summary>
    public int[] Counts { get; }

    public static SlotAssignment Build(SlotRace race)
    {
        var assignment = new SlotAssignment(race, 0, race.Count);
        if (race.Count == 0)
        {
            return assignment;
        }

        SlotArrivals[] arrivals = GC.AllocateUninitializedArray<SlotArrivals>(race.SlotCount);
        arrivals.AsSpan().Fill(SlotArrivals.None);
        FillEarly(race, arrivals);
        for (int slot = 0; slot < arrivals.Length; slot++)
        {
            // Whoever is there came before the horizon, and everybody before the horizon was offered.
            if (arrivals[slot].Third == Nobody)
            {
                race.Fill(slot, ref arrivals[slot]);
            }

            assignment.Set(slot, arrivals[slot]);
            assignment.Counts[arrivals[slot].First]++;
        }

        return assignment;
    }

    public SlotAssignment Add(int index, ulong seed, double weight)
    {
        SlotRace race = _race.Add(index, seed, weight);
        if (_race.Count == 0)
        {
            return Build(race);
        }

        var grown = new SlotAssignment(race, race.Convert(_latest, _race), _latestCount);
        SlotNumbering.CopyForAdded(Owners, grown.Owners, index);
        SlotNumbering.CopyForAdded(_next, grown._next, index);
        Counts.AsSpan(0, index).CopyTo(grown.Counts);
        Counts.AsSpan(index).CopyTo(grown.Counts.AsSpan(index + 1));

        // The newcomer visits slots later and later: once it is after the third arrivals of all slots, it changes none.
        SlotPermutation order = race.OrderOf(index);
        for (int rank = 0; rank < grown.Owners.Length; rank++)
        {
            var arrival = new Arrival(race.TimeAt(index, rank), index);
            if (arrival.Time > grown._latest)
            {
                break;
            }

            grown.Insert(order.SlotAt(rank), arrival);
        }

        if (race.Count >= 2 * _latestCount)
        {
            grown.FindLatest();
        }

        return grown;
    }

    public SlotAssignment Remove(int index)
    {
        SlotRace race = _race.Remove(index);
        var shrunk = new SlotAssignment(race, race.Convert(_latest, _race), _latestCount);
        if (shrunk.Owners.Length == 0)
        {
            return shrunk;
        }

        SlotNumbering.CopyForRemoved(Owners, shrunk.Owners, index);
        SlotNumbering.CopyForRemoved(_next, shrunk._next, index);
        Counts.AsSpan(0, index).CopyTo(shrunk.Counts);
        Counts.AsSpan(index + 1).CopyTo(shrunk.Counts.AsSpan(index));

        for (int slot = 0; (slot = SlotNumbering.IndexOf(Owners, (ushort)index, slot)) >= 0; slot++)
        {
            shrunk.Refill(slot, shrunk._next[2 * slot], shrunk._next[(2 * slot) + 1]);
            shrunk.Counts[shrunk.Owners[slot]]++;
        }

        for (int place = 0; (place = SlotNumbering.IndexOf(_next, (ushort)index, place)) >= 0; place++)
        {
            int slot = place / 2;
            shrunk.Refill(slot, shrunk.Owners[slot], shrunk._next[place ^ 1]);
        }

        return shrunk;
    }

    /// <summary>The nodes of a slot, earliest first. O(1) up to three; beyond that O(nodes + wanted · log wanted) expected.</summary>
    public int CopyNodesTo(int slot, Span<int> destination)
    {
        int wanted = Math.Min(destination.Length, _race.Count);
        if (wanted > SlotArrivals.Places)
        {
            CopyLateNodesTo(slot, destination[..wanted]);
            return wanted;
        }

        if (wanted > 0)
        {
            destination[0] = Owners[slot];
        }

        if (wanted > 1)
        {
            destination[1] = _next[2 * slot];
        }

        if (wanted > 2)
        {
            destination[2] = _next[(2 * slot) + 1];
        }

        return wanted;
    }

    /// <inheritdoc cref="IPreferenceWalk.FindFirst"/>
    public int FindFirst<TChoice>(int slot, ReadOnlySpan<int> asked, ref TChoice choice)
        where TChoice : struct, INodeChoice
    {
        // The first three are at hand, and almost always one of them is taken.
        Span<int> known = stackalloc int[SlotArrivals.Places];
        known = known[..CopyNodesTo(slot, known)];
        for (int i = asked.Length; i < known.Length; i++)
        {
            if (choice.Takes(known[i]))
            {
                return known[i];
            }
        }

        return ArrivalWalk.FindFirst(new SlotRace.AtSlot(_race, slot), _race.Count, asked.Length < known.Length ? known : asked, ref choice);
    }

    /// <summary>Lets nodes visit slots up to a horizon of time, and moves it on until most slots have their three arrivals.</summary>
    /// <remarks>
    /// Only early visits can matter, and they find their slots in any order of the nodes. The last slots would need many more of
    /// them, and are left to <see cref="SlotRace.Fill"/>, which asks four to eleven nodes in the time of a visit. The horizon moves on
    /// in small steps, so that arrivals come almost in order and few are taken in vain.
    /// </remarks>
    private static void FillEarly(SlotRace race, SlotArrivals[] arrivals)
    {
        const int AskedPerVisit = 8;
        int lacking = arrivals.Length;
        int[] visited = new int[race.Count];

        // By the first horizon half of the slots have an arrival, roughly.
        double horizon = 0.5 / race.TotalWeight;
        for (; (long)lacking * race.Count > (long)arrivals.Length * AskedPerVisit; horizon *= 1.25)
        {
            for (int node = 0; node < race.Count; node++)
            {
                lacking -= Visit(race, arrivals, node, ref visited[node], horizon);
            }
        }
    }

    /// <summary>Lets a node visit its next slots up to the horizon.</summary>
    /// <returns>How many slots got their third arrival.</returns>
    private static int Visit(SlotRace race, SlotArrivals[] arrivals, int node, ref int visited, double horizon)
    {
        SlotPermutation order = race.OrderOf(node);
        int filled = 0;
        int rank = visited;
        for (; rank < arrivals.Length; rank++)
        {
            double time = race.TimeAt(node, rank);
            if (time > horizon)
            {
                break;
            }

            ref SlotArrivals slot = ref arrivals[order.SlotAt(rank)];
            if (time <= slot.LastTime)
            {
                bool lacked = slot.Third == Nobody;
                slot.Offer(new Arrival(time, node));
                filled += lacked && slot.Third != Nobody ? 1 : 0;
            }
        }

        visited = rank;
        return filled;
    }

    /// <summary>Puts a newcomer into its place at a slot, unless it comes after all three.</summary>
    private void Insert(int slot, Arrival arrival)
    {
        ref ushort third = ref _next[(2 * slot) + 1];
        if (!IsBefore(third))
        {
            return;
        }

        ref ushort second = ref _next[2 * slot];
        if (!IsBefore(second))
        {
            third = (ushort)arrival.Node;
            return;
        }

        third = second;
        ref ushort owner = ref Owners[slot];
        if (!IsBefore(owner))
        {
            second = (ushort)arrival.Node;
            return;
        }

        second = owner;
        Counts[owner]--;
        owner = (ushort)arrival.Node;
        Counts[owner]++;

        bool IsBefore(ushort node) => node == Nobody || arrival.IsBefore(_race.ArrivalOf(node, slot));
    }

    /// <summary>Looks for the latest third arrival. Without it, a table that grew from a few nodes would go on as if it had few.</summary>
    private void FindLatest()
    {
        _latestCount = _race.Count;
        _latest = 0;
        for (int slot = 0; slot < Owners.Length; slot++)
        {
            ushort third = _next[(2 * slot) + 1];
            _latest = Math.Max(_latest, third == Nobody ? double.PositiveInfinity : _race.ArrivalOf(third, slot).Time);
        }
    }

    /// <summary>Sets a slot to the two who stay and the one who comes next.</summary>
    private void Refill(int slot, ushort earlier, ushort later)
    {
        var arrivals = SlotArrivals.BeforeAllOthers(earlier, later);
        _race.Fill(slot, ref arrivals);
        Set(slot, arrivals);
    }

    private void Set(int slot, in SlotArrivals arrivals)
    {
        Owners[slot] = arrivals.First;
        _next[2 * slot] = arrivals.Second;
        _next[(2 * slot) + 1] = arrivals.Third;
        _latest = Math.Max(_latest, arrivals.LastTime);
    }

    [SkipLocalsInit]
    private void CopyLateNodesTo(int slot, Span<int> destination)
    {
        var first = new FirstArrivals(stackalloc Arrival[FirstArrivals.BufferLength], destination.Length);
        new SlotRace.AtSlot(_race, slot).OfferAll(default(ArrivalWalk.AllNodes), ref first);
        first.Finish(destination);
    }
}
