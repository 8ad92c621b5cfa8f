using System.IO.Compression;
using System.Runtime.InteropServices;
using ScalePrimitives.Caching;
using Spectre.Console;

namespace ScalePrimitives.HitRatios;

/// <summary>Replays every trace through the cache at every capacity with every policy.</summary>
internal static class Replay
{
    private const int Parallelism = 2;

    // The adaptive policy makes random choices, so its ratios are means over several fixed seeds; the others ignore the seed.
    private static readonly ulong[] AdaptiveSeeds = [1, 2, 3];

    public static Results All(string folder, Baseline baseline)
    {
        var results = new Results(baseline);
        AnsiConsole.Progress().AutoClear(true).Start(progress =>
        {
            ProgressTask task = progress.AddTask("Replaying", maxValue: baseline.Cells.Sum(cell => (double)baseline.Requests(cell.Trace)));
            foreach (string trace in baseline.Traces)
            {
                ulong[] keys = Load(folder, trace);
                var runs = baseline.CellsOf(trace).SelectMany(cell => Runs(cell)).ToArray();
                var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism };
                Parallel.ForEach(runs, options, run =>
                {
                    int hits = HitsOf(keys, run);
                    lock (results)
                    {
                        results.Add(run, hits);
                        task.Increment((double)keys.Length * baseline.CellsOf(trace).Length / runs.Length);
                    }
                });
            }
        });
        return results;
    }

    private static IEnumerable<Run> Runs(Cell cell) => Enum.GetValues<EvictionPolicy>()
        .SelectMany(policy => AdaptiveSeeds.Take(policy == EvictionPolicy.Adaptive ? AdaptiveSeeds.Length : 1).Select(seed => new Run(cell, policy, seed)));

    private static int HitsOf(ulong[] keys, Run run)
    {
        using var cache = new Cache<ulong, bool>(new CacheOptions<ulong, bool>
        {
            Capacity = run.Cell.Capacity,
            Policy = run.Policy,
            Seed = run.Seed,
        });
        int hits = 0;
        foreach (ulong key in keys)
        {
            if (cache.TryGet(key, out _))
            {
                hits++;
            }
            else
            {
                cache.Set(key, true);
            }
        }

        return hits;
    }

    private static ulong[] Load(string folder, string trace)
    {
        using var gzip = new GZipStream(File.OpenRead(Path.Combine(folder, trace + ".u64.gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return MemoryMarshal.Cast<byte, ulong>(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)).ToArray(); // little-endian
    }
}
