namespace ScalePrimitives.Sharding;

/// <summary>
/// The lowest peak that shedding and packing reach: for a limit, shards above it shed as few items as they can, and those go, largest first, where most room is left. The lowest limit
/// for which that succeeds is found by bisection (the scheme of bin-packing heuristics for makespan: Coffman, Garey, Johnson, "MULTIFIT", SIAM J. Comput., 1978).
/// </summary>
internal static class RebalancePacking
{
    private const int Bisections = 50;

    public static RebalanceState Improve(RebalanceProblem problem, RebalanceState start)
    {
        List<int>[] items = start.MovableByShard();
        RebalanceState best = start;
        double high = start.Peak;
        double low = 0;
        for (int i = 0; i < Bisections && high - low > problem.Precision * high; i++)
        {
            double limit = low + ((high - low) / 2);
            RebalanceState? packed = TryPack(problem, start, items, limit);
            if (packed is null)
            {
                low = limit;
            }
            else
            {
                best = packed;
                high = Math.Min(limit, packed.Peak);
            }
        }

        return best;
    }

    /// <summary>Packs under a limit; null when that fails.</summary>
    public static RebalanceState? TryPack(RebalanceProblem problem, RebalanceState start, List<int>[] items, double limit) =>
        TryPack(problem, start, items, limit, fewest: true) ?? TryPack(problem, start, items, limit, fewest: false);

    private static RebalanceState? TryPack(RebalanceProblem problem, RebalanceState start, List<int>[] items, double limit, bool fewest)
    {
        RebalanceState state = start.Copy();
        var shed = new List<int>();
        for (int shard = 0; shard < items.Length; shard++)
        {
            if (!state.Fits(shard, 0, limit) && !TryShed(problem, start, shard, items[shard], limit, fewest, shed))
            {
                return null;
            }
        }

        if (!start.MayMove(state.MovedSlots + shed.Sum(item => LeastMoved(problem, state, item))))
        {
            return null; // before they are placed, which takes long
        }

        shed.Sort(); // items are in order of falling load; each counts where it was until it is placed
        return TryPlace(problem, state, shed, limit) && start.MayMove(state.MovedSlots) ? state : null;
    }

    // One that has moved already may go back to where it was.
    private static int LeastMoved(RebalanceProblem problem, RebalanceState state, int shed)
    {
        RebalanceProblem.Item item = problem.Items[shed];
        return item.Origin == state.OwnerOf(shed) ? item.Slots.Length : -item.Slots.Length;
    }

    // The fewest: the smallest item that alone is enough, or the largest, and then the same for what is left. Or the smallest items, which are easier to place.
    private static bool TryShed(RebalanceProblem problem, RebalanceState state, int shard, List<int> items, double limit, bool fewest, List<int> shed)
    {
        double left = 0;
        for (int from = 0, to = items.Count; !state.Fits(shard, -left, limit);)
        {
            if (from == to)
            {
                return false;
            }

            // Items are in order of falling load, so those that are enough come first.
            int enough = fewest ? FirstWhere(from, to, i => !state.Fits(shard, -left - LoadOf(i), limit)) - 1 : to - 1;
            int taken = enough < from ? from++ : fewest ? FirstWhere(from, enough, i => LoadOf(i) == LoadOf(enough)) : --to; // of equal loads those with the least data come first
            left += LoadOf(taken);
            shed.Add(items[taken]);
        }

        return true;

        double LoadOf(int i) => problem.Items[items[i]].Load;
    }

    // The first index for which it holds, as it does for all after it; the end when for none.
    private static int FirstWhere(int from, int to, Predicate<int> holds)
    {
        while (from < to)
        {
            int middle = from + ((to - from) / 2);
            (from, to) = holds(middle) ? (from, middle) : (middle + 1, to);
        }

        return from;
    }

    private static bool TryPlace(RebalanceProblem problem, RebalanceState state, List<int> shed, double limit)
    {
        var byRoom = new SortedSet<(double Taken, int Shard)>();
        for (int shard = 0; shard < problem.Weights.Length; shard++)
        {
            if (problem.Weights[shard] > 0 && state.Utilisation(shard) < limit)
            {
                byRoom.Add((-Room(shard), shard));
            }
        }

        foreach (int item in shed)
        {
            int to = -1;
            foreach ((_, int shard) in byRoom)
            {
                if (shard != state.OwnerOf(item) && problem.CanHold(item, shard))
                {
                    to = shard;
                    break;
                }
            }

            if (to < 0 || !state.Fits(to, problem.Items[item].Load, limit))
            {
                return false;
            }

            byRoom.Remove((-Room(to), to));
            state.Move(item, to);
            byRoom.Add((-Room(to), to));
        }

        return true;

        double Room(int shard) => (limit * problem.Weights[shard]) - state.LoadOf(shard);
    }
}
