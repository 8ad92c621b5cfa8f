using System.Diagnostics;

namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>
/// Measures contenders against the first of them on a machine that others use too: all run in every round, one shortly after
/// the other, so what slows a round slows them all, and only ratios within a round are compared.
/// </summary>
internal static class PairedRun
{
    public static IReadOnlyList<PairedResult> Measure(IReadOnlyList<Contender> contenders, int threads, PairedSettings settings)
    {
        using var team = new WorkerTeam(threads);
        int[] operations = WarmUp(contenders, team, settings);
        foreach (Contender contender in contenders)
        {
            contender.TakeNote(); // that of the warm-up is not told
        }

        var laps = new Lap[contenders.Count, settings.Rounds];
        var order = new Random(threads);
        int[] turns = [.. Enumerable.Range(0, contenders.Count)];
        for (int round = 0; round < settings.Rounds; round++)
        {
            order.Shuffle(turns); // what one leaves in the processor's caches and the heap does not always meet the same one
            foreach (int i in turns)
            {
                laps[i, round] = team.Run(contenders[i], operations[i]);
            }
        }

        Lap[] baseline = LapsOf(laps, 0);
        return [.. contenders.Select((contender, i) => PairedResult.Of(contender, threads, LapsOf(laps, i), baseline))];
    }

    // Together and in turn, as they are measured later, so that no code is compiled for one of them alone. Returns how many
    // operations a thread does in a lap of each.
    private static int[] WarmUp(IReadOnlyList<Contender> contenders, WorkerTeam team, PairedSettings settings)
    {
        int[] operations = new int[contenders.Count];
        Array.Fill(operations, 16);
        var last = new Lap[contenders.Count];
        long start = Stopwatch.GetTimestamp();
        var compiler = new CompilerActivity();
        for (int laps = 0; laps < settings.WarmUpLaps || Stopwatch.GetElapsedTime(start) < settings.WarmUp * contenders.Count || compiler.WasBusyWithin(settings.Quiet); laps++)
        {
            for (int i = 0; i < contenders.Count; i++)
            {
                last[i] = team.Run(contenders[i], operations[i]);
                operations[i] = Math.Min(operations[i] * 4, last[i].OperationsWithin(settings.WarmUpLap));
            }
        }

        return Array.ConvertAll(last, lap => lap.OperationsWithin(settings.Lap));
    }

    private static Lap[] LapsOf(Lap[,] laps, int contender) => [.. Enumerable.Range(0, laps.GetLength(1)).Select(round => laps[contender, round])];
}
