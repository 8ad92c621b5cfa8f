namespace ScalePrimitives.Sharding;

/// <summary>
/// Lowers the peak step by step: of the fullest shard one item goes, or changes places with one of another shard, whichever leaves the fuller of the two lowest. It finds what packing
/// does not: two that fit only when they change places. Bounded work.
/// </summary>
internal static class RebalanceExchange
{
    private const long MaxComparisons = 4_000_000;
    private const double LeastGain = 1e-9; // of the peak

    public static RebalanceState Improve(RebalanceProblem problem, RebalanceState start)
    {
        RebalanceState state = start.Copy();
        RebalanceState best = start;
        List<int>[] items = state.MovableByShard();
        long comparisons = 0;
        while (comparisons < MaxComparisons && FindStep(problem, state, items, ref comparisons) is { } step)
        {
            Take(step.Out, step.Peak, step.Other);
            if (step.Back >= 0)
            {
                Take(step.Back, step.Other, step.Peak);
            }

            // Steps that bring down one of several fullest shards are kept once they have brought down all.
            best = state.Peak < best.Peak * (1 - LeastGain) ? state.Copy() : best;
        }

        return best;

        void Take(int item, int from, int to)
        {
            state.Move(item, to);
            items[from].Remove(item);
            items[to].Insert(~items[to].BinarySearch(item), item); // in order of falling load, as items are numbered
        }
    }

    private static Step? FindStep(RebalanceProblem problem, RebalanceState state, List<int>[] items, ref long comparisons)
    {
        int peak = Enumerable.Range(0, items.Length).MaxBy(state.Utilisation);
        double limit = state.Utilisation(peak) * (1 - LeastGain);
        Step? best = null;
        foreach (int other in Enumerable.Range(0, items.Length).Where(shard => shard != peak && problem.Weights[shard] > 0))
        {
            foreach (int item in items[peak])
            {
                // Alone, or against each item that is lighter.
                for (int i = -1; i < items[other].Count && comparisons < MaxComparisons; i = i < 0 ? FirstLighter(problem, items[other], item) : i + 1, comparisons++)
                {
                    int back = i < 0 ? -1 : items[other][i];
                    double moved = problem.Items[item].Load - (back < 0 ? 0 : problem.Items[back].Load);
                    double result = Math.Max(state.UtilisationWith(peak, -moved), state.UtilisationWith(other, moved));
                    if (moved > 0 && result < (best?.Result ?? limit) && IsAllowed(problem, state, item, back, peak, other))
                    {
                        best = new Step(item, back, peak, other, result);
                    }
                }
            }
        }

        return best;
    }

    // Of items by falling load. Those that are as heavy would change nothing.
    private static int FirstLighter(RebalanceProblem problem, List<int> items, int than)
    {
        int from = 0;
        int to = items.Count;
        while (from < to)
        {
            int middle = (from + to) / 2;
            (from, to) = problem.Items[items[middle]].Load < problem.Items[than].Load ? (from, middle) : (middle + 1, to);
        }

        return from;
    }

    private static bool IsAllowed(RebalanceProblem problem, RebalanceState state, int item, int back, int peak, int other)
    {
        int more = Newly(item) + (back < 0 ? 0 : Newly(back));
        return state.MovedSlots + more <= Math.Max(problem.MaxMoves, state.MovedSlots)
            && problem.CanHold(problem.Items[item], other) && (back < 0 || problem.CanHold(problem.Items[back], peak));

        int Newly(int moved) => problem.Items[moved].Origin == state.OwnerOf(moved) ? problem.Items[moved].Slots.Length : 0;
    }

    private sealed record Step(int Out, int Back, int Peak, int Other, double Result);
}
