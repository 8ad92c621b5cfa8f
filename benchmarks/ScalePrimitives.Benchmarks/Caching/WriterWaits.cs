using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>
/// How long does a write take beside readers that never pause? Some threads look up keys that are all there; one sleeps for
/// a millisecond, then sets five new keys, over and over. The command <c>writer-waits</c>.
/// </summary>
internal static class WriterWaits
{
    private const int Capacity = 10_000;
    private const int ReadKeys = Capacity / 2; // so that the new keys of a round drive none of them out of a list by recency
    private const int SetsAtOnce = 5;
    private const int ReadsBetweenTimes = 64; // reading the clock for each would be most of what is measured
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private static readonly (string Name, Func<int, TimeSpan, Waits> Measure)[] Kinds =
    [
        ("ClassicLru", (readers, duration) => Measure(new ClassicLruPeer<long>(new ClassicLru<long, long>(Capacity)), readers, duration)),
        ("lock + Dictionary", (readers, duration) => Measure(new LockedDictionaryPeer<long>(new Dictionary<long, long>(10 * Capacity)), readers, duration)),
        ("Adaptive", (readers, duration) => Measure(Ours.New<long>(Capacity), readers, duration)),
        ("Lru", (readers, duration) => Measure(Ours.New<long>(Capacity, EvictionPolicy.Lru), readers, duration)),
        ("Lfu", (readers, duration) => Measure(Ours.New<long>(Capacity, EvictionPolicy.Lfu), readers, duration)),
        ("Fifo", (readers, duration) => Measure(Ours.New<long>(Capacity, EvictionPolicy.Fifo), readers, duration)),
    ];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "How many rounds are measured", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "How long each cache is measured in a round", DefaultValueFactory = _ => 1 };
        var readers = new Option<int[]>("--readers") { Description = "Beside how many readers", DefaultValueFactory = _ => [1, 2, 3, 4, 8] };
        var command = new Command("writer-waits", "Measures how long a writer waits beside readers.") { rounds, seconds, readers };
        command.SetAction(parsed => Print(Math.Max(1, parsed.GetValue(rounds)), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(readers)!));
        return command;
    }

    private static void Print(int rounds, TimeSpan duration, int[] numbersOfReaders)
    {
        Console.WriteLine($"Medians of {rounds} rounds of {duration.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s, in each of which every cache is measured once; a ratio compares within a round. A writer's Set and a reader's TryGet, µs.");
        Console.WriteLine();
        Console.WriteLine("| | readers | sets a second | median | 99th | × ClassicLru's 99th | longest | reads, millions a second | a read's 99th |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach ((_, Func<int, TimeSpan, Waits> measure) in Kinds)
        {
            measure(1, duration / 2); // compiles, and is not told
        }

        foreach (int readers in numbersOfReaders)
        {
            Waits[][] measured = [.. Kinds.Select(_ => new Waits[rounds])];
            for (int round = 0; round < rounds; round++)
            {
                for (int kind = 0; kind < Kinds.Length; kind++)
                {
                    measured[kind][round] = Kinds[kind].Measure(readers, duration);
                }
            }

            for (int kind = 0; kind < Kinds.Length; kind++)
            {
                Console.WriteLine(Row(Kinds[kind].Name, readers, measured[kind], measured[0]));
            }
        }
    }

    private static string Row(string name, int readers, Waits[] rounds, Waits[] baseline)
    {
        double ratio = Quartiles.Of(rounds.Zip(baseline, (own, reference) => own.Set99 / reference.Set99)).Median;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {readers} | {Median(waits => waits.SetsPerSecond):N0} | {Median(waits => waits.SetMedian):N1} | {Median(waits => waits.Set99):N0} | {ratio:N2} | {Median(waits => waits.SetLongest):N0} | {Median(waits => waits.ReadsPerSecond) / 1e6:N2} | {Median(waits => waits.Read99):N1} |");

        double Median(Func<Waits, double> figure) => Quartiles.Of(rounds.Select(figure)).Median;
    }

    private static Waits Measure<TPeer>(TPeer peer, int readers, TimeSpan duration)
        where TPeer : struct, IPeer<long> => new Round<TPeer>(peer).Run(readers, duration);

    /// <summary>What one cache did in one round; times in microseconds.</summary>
    private readonly record struct Waits(double SetsPerSecond, double SetMedian, double Set99, double SetLongest, double ReadsPerSecond, double Read99);

    private sealed class Round<TPeer>(TPeer peer)
        where TPeer : struct, IPeer<long>
    {
        private bool _ends;

        public Waits Run(int readers, TimeSpan duration)
        {
            for (int rank = 0; rank < Capacity; rank++)
            {
                peer.Set(KeyShapes.Scattered(Capacity - 1 - rank), rank);
            }

            (LatencyHistogram Times, long Reads)[] results = new (LatencyHistogram, long)[readers];
            Thread[] running = [.. Enumerable.Range(0, readers).Select(reader => new Thread(() => results[reader] = Read(reader)))];
            Array.ForEach(running, thread => thread.Start());
            long start = Stopwatch.GetTimestamp();
            LatencyHistogram sets = Write(duration);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Volatile.Write(ref _ends, true);
            Array.ForEach(running, thread => thread.Join());
            var reads = new LatencyHistogram();
            Array.ForEach(results, result => reads.Add(result.Times));
            return new Waits(
                sets.Count / seconds,
                sets.Percentile(0.5) / 1e3,
                sets.Percentile(0.99) / 1e3,
                sets.Max / 1e3,
                results.Sum(result => result.Reads) / seconds,
                reads.Percentile(0.99) / 1e3);
        }

        private LatencyHistogram Write(TimeSpan duration)
        {
            var times = new LatencyHistogram();
            using var never = new ManualResetEventSlim(false, spinCount: 0);
            long rank = Capacity;
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                never.Wait(Pause);
                for (int i = 0; i < SetsAtOnce; i++, rank++)
                {
                    long before = Stopwatch.GetTimestamp();
                    peer.Set(KeyShapes.Scattered(rank), rank);
                    times.Record((long)Stopwatch.GetElapsedTime(before).TotalNanoseconds);
                }
            }

            return times;
        }

        private (LatencyHistogram Times, long Reads) Read(int reader)
        {
            var times = new LatencyHistogram();
            uint random = (uint)reader + 1;
            long reads = 0;
            while (!Volatile.Read(ref _ends))
            {
                for (int i = 0; i < ReadsBetweenTimes - 1; i++)
                {
                    peer.TryGet(NextKey(ref random), out _);
                }

                long key = NextKey(ref random);
                long before = Stopwatch.GetTimestamp();
                peer.TryGet(key, out _);
                times.Record((long)Stopwatch.GetElapsedTime(before).TotalNanoseconds);
                reads += ReadsBetweenTimes;
            }

            return (times, reads);
        }

        // A linear congruential generator: its high bits are random enough, and it costs next to nothing.
        private static long NextKey(ref uint random)
        {
            random = unchecked((random * 1_664_525) + 1_013_904_223);
            return KeyShapes.Scattered((long)(((ulong)random * ReadKeys) >> 32));
        }
    }
}
