namespace ScalePrimitives.Sharding;

/// <summary>
/// Lowers the peak step by step: of the fullest shard one item goes, or changes places with one of another shard, whichever leaves the fuller of the two lowest, though it be fuller than
/// the fullest was; what has moved stays for some steps, so that it does not just go back (tabu search: Glover, ORSA J. Computing, 1989). It finds what packing does not: two that fit
/// only when they change places. Bounded work.
/// </summary>
internal static class RebalanceExchange
{
    private const long MaxComparisons = 1_000_000;
    private const int MaxIdle = 64; // steps that gain nothing, before it is given up
    private const int Tenure = 16; // steps for which an item stays that has just moved
    private const int Near = 16; // of many shards the emptiest are looked at first, and the others when those are no help

    public static RebalanceState Improve(RebalanceProblem problem, RebalanceState start)
    {
        RebalanceState state = start.Copy();
        RebalanceState best = start;
        List<int>[] items = state.MovableByShard();
        int[] stays = new int[problem.Items.Length];
        long comparisons = 0;
        int idle = 0;
        for (int number = 1; idle < MaxIdle && comparisons < MaxComparisons; number++)
        {
            if (FindStep(problem, state, items, item => stays[item] > number, ref comparisons) is not { } step)
            {
                break;
            }

            Take(step.Out, step.Peak, step.Other, number);
            if (step.Back >= 0)
            {
                Take(step.Back, step.Other, step.Peak, number);
            }

            bool isBetter = state.Peak < best.Peak * (1 - problem.Precision);
            best = isBetter ? state.Copy() : best;
            idle = isBetter ? 0 : idle + 1;
        }

        return best;

        void Take(int item, int from, int to, int number)
        {
            state.Move(item, to);
            items[from].Remove(item);
            items[to].Insert(~items[to].BinarySearch(item), item); // in order of falling load, as items are numbered
            stays[item] = number + Tenure;
        }
    }

    private static Step? FindStep(RebalanceProblem problem, RebalanceState state, List<int>[] items, Predicate<int> stays, ref long comparisons)
    {
        int peak = Enumerable.Range(0, items.Length).MaxBy(state.Utilisation);
        double limit = state.Utilisation(peak);
        Step? best = null;
        IEnumerable<int> emptiest = Enumerable.Range(0, items.Length).Where(shard => problem.Weights[shard] > 0 && state.Utilisation(shard) < limit).OrderBy(state.Utilisation);

        // In two parts, because to find the first few of many not all have to be put in order.
        foreach (int other in emptiest.Take(Near).Concat(emptiest.Skip(Near).TakeWhile(_ => !(best?.Result < limit))))
        {
            if (comparisons >= MaxComparisons)
            {
                break;
            }

            best = FindStepTo(problem, state, items, peak, other, stays, best, ref comparisons);
        }

        return best;
    }

    // Of two shards: each item alone, or against the one that leaves the two shards most alike: with loads in order, the two next to the ideal partner are enough, unless they must not change places.
    private static Step? FindStepTo(RebalanceProblem problem, RebalanceState state, List<int>[] items, int peak, int other, Predicate<int> stays, Step? found, ref long comparisons)
    {
        Step? best = found;
        long compared = 0;
        double ideal = (state.Utilisation(peak) - state.Utilisation(other)) / ((1 / problem.Weights[peak]) + (1 / problem.Weights[other]));
        int partner = 0;
        foreach (int item in items[peak])
        {
            if (comparisons + compared >= MaxComparisons)
            {
                break; // where next to nothing may change places, each item looks at all others
            }

            _ = IsWorthMore(item, -1);
            while (partner < items[other].Count && problem.Loads[items[other][partner]] > problem.Loads[item] - ideal)
            {
                partner++;
            }

            for (int lighter = partner; lighter < items[other].Count && IsWorthMore(item, items[other][lighter]); lighter++)
            {
            }

            for (int heavier = partner - 1; heavier >= 0 && IsWorthMore(item, items[other][heavier]); heavier--)
            {
            }
        }

        comparisons += compared;
        return best;

        // Whether it would be a gain, but is not allowed.
        bool IsWorthMore(int item, int back)
        {
            compared++;
            double moved = problem.Loads[item] - (back < 0 ? 0 : problem.Loads[back]);
            double result = Math.Max(state.UtilisationWith(peak, -moved), state.UtilisationWith(other, moved));
            if (moved <= 0 || result >= best?.Result)
            {
                return false;
            }

            bool isAllowed = !stays(item) && (back < 0 || !stays(back)) && IsAllowed(problem, state, item, back, peak, other);
            best = isAllowed ? new Step(item, back, peak, other, result) : best;
            return !isAllowed;
        }
    }

    private static bool IsAllowed(RebalanceProblem problem, RebalanceState state, int item, int back, int peak, int other)
    {
        int more = Newly(item) + (back < 0 ? 0 : Newly(back));
        return state.MayMove(state.MovedSlots + more)
            && problem.CanHold(item, other) && (back < 0 || problem.CanHold(back, peak));

        int Newly(int moved) => problem.Items[moved].Origin == state.OwnerOf(moved) ? problem.Items[moved].Slots.Length : 0;
    }

    private sealed record Step(int Out, int Back, int Peak, int Other, double Result);
}
