using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>The result of a <see cref="SlotRace"/>: who comes first, second and third at each slot, and how many slots each node owns.</summary>
internal sealed class SlotAssignment
{
    private readonly SlotRace _race;
    private readonly SlotArrivals[] _arrivals;

    private SlotAssignment(SlotRace race, SlotArrivals[] arrivals)
    {
        _race = race;
        _arrivals = arrivals;
        Owners = race.Count == 0 ? [] : GC.AllocateUninitializedArray<ushort>(arrivals.Length);
        Counts = new int[race.Count];
        for (int slot = 0; slot < Owners.Length; slot++)
        {
            ushort owner = arrivals[slot].First;
            Owners[slot] = owner;
            Counts[owner]++;
        }
    }

    public int Bits => _race.Bits;

    /// <summary>Gets the owner of each slot; empty without nodes, so that the check of the array's bounds finds that as well.</summary>
    public ushort[] Owners { get; }

    /// <summary>Gets how many slots each node owns.</summary>
    public int[] Counts { get; }

    public static SlotAssignment Build(SlotRace race)
    {
        var arrivals = GC.AllocateUninitializedArray<SlotArrivals>(race.SlotCount);
        arrivals.AsSpan().Fill(SlotArrivals.None);
        if (race.Count > 0)
        {
            FillEarly(race, arrivals);
            for (int slot = 0; slot < arrivals.Length; slot++)
            {
                // Whoever is there came before the horizon, and everybody before the horizon was offered.
                if (arrivals[slot].Count < SlotArrivals.Places)
                {
                    race.Fill(slot, ref arrivals[slot]);
                }
            }
        }

        return new SlotAssignment(race, arrivals);
    }

    public SlotAssignment Add(int index, ulong seed, double weight)
    {
        SlotRace race = _race.Add(index, seed, weight);
        SlotArrivals[] arrivals = GC.AllocateUninitializedArray<SlotArrivals>(_arrivals.Length);
        double latest = 0;
        for (int slot = 0; slot < arrivals.Length; slot++)
        {
            arrivals[slot] = _arrivals[slot];
            arrivals[slot].RenumberForAdded(index);
            latest = Math.Max(latest, arrivals[slot].LastTime);
        }

        // The newcomer visits slots later and later: once it is after the latest third arrival of all slots, it changes none.
        SlotPermutation order = race.OrderOf(index);
        for (int rank = 0; rank < arrivals.Length; rank++)
        {
            var arrival = new Arrival(race.TimeAt(index, rank), index);
            if (arrival.Time > latest)
            {
                break;
            }

            arrivals[order.SlotAt(rank)].Offer(arrival);
        }

        return new SlotAssignment(race, arrivals);
    }

    public SlotAssignment Remove(int index)
    {
        SlotRace race = _race.Remove(index);
        SlotArrivals[] arrivals = GC.AllocateUninitializedArray<SlotArrivals>(_arrivals.Length);
        for (int i = 0; i < arrivals.Length; i++)
        {
            ref SlotArrivals slot = ref arrivals[i];
            slot = _arrivals[i];
            if (slot.Contains(index))
            {
                slot.Remove(index);
                slot.RenumberForRemoved(index);
                race.Fill(i, ref slot);
            }
            else
            {
                slot.RenumberForRemoved(index);
            }
        }

        return new SlotAssignment(race, arrivals);
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

        ref readonly SlotArrivals first = ref _arrivals[slot];
        if (wanted > 0)
        {
            destination[0] = first.First;
        }

        if (wanted > 1)
        {
            destination[1] = first.Second;
        }

        if (wanted > 2)
        {
            destination[2] = first.Third;
        }

        return wanted;
    }

    /// <summary>Lets nodes visit slots up to a horizon of time, and moves it on until most slots have their three arrivals.</summary>
    /// <remarks>
    /// Only early visits can matter, and they find their slots in any order of the nodes. The last slots would need many more of
    /// them, and are left to <see cref="SlotRace.Fill"/>, which asks four to eleven nodes in the time of a visit. The horizon moves on in
    /// small steps, so that arrivals come almost in order and few are taken in vain.
    /// </remarks>
    private static void FillEarly(SlotRace race, SlotArrivals[] arrivals)
    {
        const int AskedPerVisit = 8;
        int lacking = arrivals.Length;
        int[] visited = new int[race.Count];
        for (double horizon = FirstHorizon(race); (long)lacking * race.Count > (long)arrivals.Length * AskedPerVisit; horizon *= 1.25)
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
                bool lacked = slot.Third == SlotArrivals.Nobody;
                slot.Offer(new Arrival(time, node));
                filled += lacked && slot.Third != SlotArrivals.Nobody ? 1 : 0;
            }
        }

        visited = rank;
        return filled;
    }

    /// <summary>The time by which half of the slots have an arrival, roughly.</summary>
    private static double FirstHorizon(SlotRace race) => 0.5 * Arrival.One / race.RelativeWeight / race.MaxWeight;

    [SkipLocalsInit]
    private void CopyLateNodesTo(int slot, Span<int> destination)
    {
        var first = new FirstArrivals(stackalloc Arrival[FirstArrivals.BufferLength], destination.Length);
        _race.OfferAll(slot, ref first);
        first.Finish(destination);
    }
}
