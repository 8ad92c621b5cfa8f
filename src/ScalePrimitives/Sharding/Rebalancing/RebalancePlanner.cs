using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Plans which slots are to move so that no shard is fuller than need be: the lowest peak of load by weight first, to within <see cref="RebalanceOptions.Threshold"/>, then the fewest
/// slots, then the least data. Where one slot, or what cannot move, is more than a fair share of a shard, the peak of the others counts in the same way. Pure: the same map and options give the same plan everywhere.
/// </summary>
/// <remarks>
/// <para>With equal loads the peak is the lowest there is, and the number of moves for it the least. With unequal ones the problem is bin packing, and what is found is near the best: by
/// shedding and packing under a bisected limit, and by exchanging single slots until nothing is gained. No move of the plan can be left out without a higher peak, of all shards or of those
/// that are not kept up by one slot; and a plan for the map that a plan made is empty.</para>
/// <para>O(slots · log slots) for the packing. What <see cref="RebalanceOptions.CanHold"/> takes comes on top: it is asked at most once for each slot and shard.</para>
/// </remarks>
public static class RebalancePlanner
{
    private const int Tries = 8; // each as long as the first plan
    private const int TriesBesideCores = 2; // the first tells most; the peak of all stands whatever they find
    private const double NearlyFewest = 0.95;

    /// <summary>Plans for a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="options">What is to be regarded; null: equal numbers of slots.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="map"/> is null.</exception>
    /// <exception cref="ArgumentException">The options do not fit the map: another number of slots, an unknown shard, a number out of range, all shards excluded, or slots that belong together
    /// on several shards.</exception>
    public static RebalancePlan Plan(ShardMap map, RebalanceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        var problem = new RebalanceProblem(map, options ?? new RebalanceOptions());
        var state = new RebalanceState(problem);
        double before = HasMisplaced(problem, state) ? double.PositiveInfinity : state.Peak;
        Evict(problem, state);
        state = WithFewerMoves(problem, state, Settle(problem, state), Tries);
        for (int level = 0; level < problem.Weights.Length && Level(problem, state) is { } levelled; level++)
        {
            state = Settle(problem, levelled); // with room elsewhere the peak may be lowered after all
            TakeBack(problem, state, item => state.Utilisation(state.OwnerOf(item)));
        }

        return new RebalancePlan(MovesOf(map, problem, state), before, HasMisplaced(problem, state) ? double.PositiveInfinity : state.Peak);
    }

    // A peak that nothing lowers says nothing of the other shards: those are evened out as if it were not there. Null when they are even.
    private static RebalanceState? Level(RebalanceProblem problem, RebalanceState state)
    {
        if (problem.WithoutCores(state) is not { } rest)
        {
            return null;
        }

        var start = new RebalanceState(rest, state);
        RebalanceState found = WithFewerMoves(rest, start, Settle(rest, start), TriesBesideCores);
        RebalanceState levelled = state.Copy();
        bool isChanged = false;
        for (int item = 0; item < problem.Items.Length; item++)
        {
            if (found.OwnerOf(item) != state.OwnerOf(item))
            {
                levelled.Move(item, found.OwnerOf(item));
                isChanged = true;
            }
        }

        return isChanged && levelled.Peak <= state.Peak * (1 + problem.Precision) ? levelled : null;
    }

    private static RebalanceState Settle(RebalanceProblem problem, RebalanceState start)
    {
        RebalanceState state = start;
        while (Improve(problem, state) is { } better)
        {
            state = better;
            TakeBack(problem, state, state.Peak);
        }

        return state;
    }

    // What goes for the peak alone may move much where little would do. So first the slots are packed under the peak that is good enough, and then the whole is tried with fewer moves
    // allowed, by bisection down to the fewest that can be. What is found so may have a way on to a lower peak, and is settled again: a plan for the map that a plan made has to be empty.
    private static RebalanceState WithFewerMoves(RebalanceProblem problem, RebalanceState start, RebalanceState settled, int maxTries)
    {
        RebalanceState best = settled;
        double lowest = best.Peak;
        int fewest = FewestMoves(problem, start, Limit());
        if (IsWorthATry())
        {
            RebalanceState limited = start.Copy(best.MovedSlots - 1);
            _ = IsTaken(RebalancePacking.TryPack(problem, limited, limited.MovableByShard(), Limit()));
        }

        for (int tries = 1; tries < maxTries && IsWorthATry(); tries++)
        {
            int allowed = fewest + ((best.MovedSlots - fewest) / 2);
            fewest = IsTaken(Settle(problem, start.Copy(allowed))) ? fewest : allowed + 1;
        }

        return best;

        double Limit() => lowest * (1 + problem.LeastGain);

        bool IsWorthATry() => fewest < best.MovedSlots * NearlyFewest;

        bool IsTaken(RebalanceState? fewer)
        {
            if (fewer is null || fewer.MovedSlots >= best.MovedSlots || fewer.Peak > Limit())
            {
                return false;
            }

            TakeBack(problem, fewer, Limit());
            best = Settle(problem, fewer.Copy(problem.MaxMoves));
            lowest = Math.Min(lowest, best.Peak);
            return true;
        }
    }

    // A lower bound: what shards have above a peak goes with their heaviest items.
    private static int FewestMoves(RebalanceProblem problem, RebalanceState start, double peak)
    {
        int moves = start.MovedSlots;
        List<int>[] items = start.MovableByShard();
        for (int shard = 0; shard < items.Length; shard++)
        {
            double shed = 0;
            for (int i = 0; i < items[shard].Count && !start.Fits(shard, -shed, peak); i++, moves++)
            {
                shed += problem.Items[items[shard][i]].Load;
            }
        }

        return moves;
    }

    // Null when neither way lowers the peak. Of two that do, the lower one, or the one with fewer moves.
    private static RebalanceState? Improve(RebalanceProblem problem, RebalanceState state)
    {
        RebalanceState packed = RebalanceExchange.Improve(problem, RebalancePacking.Improve(problem, state));
        RebalanceState exchanged = RebalanceExchange.Improve(problem, state);
        bool packedIsLower = packed.Peak < exchanged.Peak * (1 - problem.LeastGain);
        bool areEqual = !packedIsLower && packed.Peak <= exchanged.Peak * (1 + problem.LeastGain);
        RebalanceState better = packedIsLower || (areEqual && packed.MovedSlots <= exchanged.MovedSlots) ? packed : exchanged;
        return better.Peak < state.Peak * (1 - problem.LeastGain) ? better : null;
    }

    // What must leave its shard, largest first, to where it fills least. Of shards of one weight that is the emptiest that may hold it, whatever the load.
    private static void Evict(RebalanceProblem problem, RebalanceState state)
    {
        SortedSet<(double Load, int Shard)>[] byWeight =
        [
            .. Enumerable.Range(0, problem.Weights.Length).GroupBy(shard => problem.Weights[shard]).Where(shards => shards.Key > 0)
                .Select(shards => new SortedSet<(double Load, int Shard)>(shards.Select(shard => (state.LoadOf(shard), shard)))),
        ];
        int[] classes = new int[problem.Weights.Length];
        Array.Fill(classes, -1);
        for (int each = 0; each < byWeight.Length; each++)
        {
            foreach ((_, int shard) in byWeight[each])
            {
                classes[shard] = each;
            }
        }

        for (int item = 0; item < problem.Items.Length; item++)
        {
            if (IsMisplaced(problem, state, item) && Emptiest(problem, state, byWeight, item) is >= 0 and int to)
            {
                int from = state.OwnerOf(item);
                Array.ForEach([from, to], shard => Unlist(shard));
                state.Move(item, to);
                Array.ForEach([from, to], shard => List(shard));
            }
        }

        void Unlist(int shard) => _ = classes[shard] >= 0 && byWeight[classes[shard]].Remove((state.LoadOf(shard), shard));

        void List(int shard) => _ = classes[shard] >= 0 && byWeight[classes[shard]].Add((state.LoadOf(shard), shard));
    }

    // -1 when none may hold it.
    private static int Emptiest(RebalanceProblem problem, RebalanceState state, SortedSet<(double Load, int Shard)>[] byWeight, int item)
    {
        (double Utilisation, int Shard) best = (double.PositiveInfinity, -1);
        foreach (SortedSet<(double Load, int Shard)> shards in byWeight)
        {
            foreach ((_, int shard) in shards)
            {
                if (problem.CanHold(item, shard))
                {
                    (double Utilisation, int Shard) found = (state.UtilisationWith(shard, problem.Items[item].Load), shard);
                    best = found.CompareTo(best) < 0 ? found : best;
                    break;
                }
            }
        }

        return best.Shard;
    }

    // A move that a peak does not need is not made. What goes back makes room for more that does.
    private static void TakeBack(RebalanceProblem problem, RebalanceState state, double peak) => TakeBack(problem, state, _ => peak);

    private static void TakeBack(RebalanceProblem problem, RebalanceState state, Func<int, double> peak)
    {
        bool any = true;
        while (any)
        {
            any = false;
            for (int item = 0; item < problem.Items.Length; item++)
            {
                RebalanceProblem.Item moved = problem.Items[item];
                if (state.OwnerOf(item) != moved.Origin && problem.CanLeave[item] && problem.CanHold(item, moved.Origin) && state.Fits(moved.Origin, moved.Load, peak(item)))
                {
                    state.Move(item, moved.Origin);
                    any = true;
                }
            }
        }
    }

    private static bool HasMisplaced(RebalanceProblem problem, RebalanceState state) =>
        Enumerable.Range(0, problem.Items.Length).Any(item => IsMisplaced(problem, state, item));

    private static bool IsMisplaced(RebalanceProblem problem, RebalanceState state, int item) =>
        !problem.Items[item].Pinned && !problem.CanHold(item, state.OwnerOf(item));

    private static ImmutableArray<SlotMove> MovesOf(ShardMap map, RebalanceProblem problem, RebalanceState state) =>
    [
        .. Enumerable.Range(0, problem.Items.Length)
            .Where(item => state.OwnerOf(item) != problem.Items[item].Origin)
            .GroupBy(item => (From: problem.Items[item].Origin, To: state.OwnerOf(item)))
            .OrderBy(group => group.Key)
            .Select(group => new SlotMove([.. group.SelectMany(item => problem.Items[item].Slots).Order()], map.ShardIds[group.Key.From], map.ShardIds[group.Key.To])),
    ];
}
