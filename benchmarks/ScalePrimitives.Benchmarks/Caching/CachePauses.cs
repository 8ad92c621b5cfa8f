using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>
/// How long does the longest single call take, while a cache fills up and while it evicts? One thread. Calls that a garbage
/// collection fell into are told apart. The command <c>cache-pauses</c>.
/// </summary>
internal static class CachePauses
{
    private static readonly (string Name, bool Evicts, Func<int, IPeer<long>> Create)[] Kinds =
    [
        ("no call", false, _ => new NoPeer()),
        ("ConcurrentDictionary", false, _ => new ConcurrentDictionaryPeer<long>(new ConcurrentDictionary<long, long>())),
        ("FastConcurrentLru", true, capacity => new FastConcurrentLruPeer<long>(new FastConcurrentLru<long, long>(capacity))),
        ("ConcurrentLfu", true, capacity => new ConcurrentLfuPeer<long>(new ConcurrentLfu<long, long>(capacity))),
        ("Adaptive", true, capacity => Ours.New<long>(capacity)),
        ("Lru", true, capacity => Ours.New<long>(capacity, EvictionPolicy.Lru)),
        ("Lfu", true, capacity => Ours.New<long>(capacity, EvictionPolicy.Lfu)),
        ("Fifo", true, capacity => Ours.New<long>(capacity, EvictionPolicy.Fifo)),
    ];

    public static Command Create()
    {
        var isShort = new Option<bool>("--short") { Description = "Small caches: measures nothing" };
        var command = new Command("cache-pauses", "Measures the longest single calls.") { isShort };
        command.SetAction(parsed => Print(parsed.GetValue(isShort) ? [1_000, 10_000] : [1_000_000, 10_000_000]));
        return command;
    }

    private static void Print(int[] capacities)
    {
        Console.WriteLine("A Set of a fresh key each time. µs a call: the longest and the 99.99th percentile of those without a garbage collection, and the longest with one.");
        Console.WriteLine();
        Console.WriteLine("| | entries | while it | 99.99th | longest | longest with a collection | all collections, ms |");
        Console.WriteLine("| --- | ---: | --- | ---: | ---: | ---: | ---: |");
        foreach ((string name, bool evicts, Func<int, IPeer<long>> create) in Kinds)
        {
            Measure(name, capacity: 100_000, evicts, create); // compiles, and is not told
        }

        foreach (int capacity in capacities)
        {
            foreach ((string name, bool evicts, Func<int, IPeer<long>> create) in Kinds)
            {
                foreach (string row in Measure(name, capacity, evicts, create))
                {
                    Console.WriteLine(row);
                }
            }
        }
    }

    private static List<string> Measure(string name, int capacity, bool evicts, Func<int, IPeer<long>> create)
    {
        GC.Collect();
        IPeer<long> peer = create(capacity);
        List<string> rows = [Phase(firstRank: 0, "fills")];
        if (evicts)
        {
            rows.Add(Phase(firstRank: capacity, "evicts"));
        }

        return rows;

        string Phase(long firstRank, string phase)
        {
            (LatencyHistogram undisturbed, LatencyHistogram collecting) = (new(), new());
            TimeSpan collections = GC.GetTotalPauseDuration();
            for (long rank = firstRank; rank < firstRank + capacity; rank++)
            {
                long key = KeyShapes.Scattered(rank);
                int collected = GC.CollectionCount(0);
                long start = Stopwatch.GetTimestamp();
                peer.Set(key, rank);
                long elapsed = (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                (GC.CollectionCount(0) == collected ? undisturbed : collecting).Record(elapsed);
            }

            collections = GC.GetTotalPauseDuration() - collections;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {capacity:N0} | {phase} | {undisturbed.Percentile(0.9999) / 1e3:F1} | {undisturbed.Max / 1e3:N0} | {collecting.Max / 1e3:N0} | {collections.TotalMilliseconds:N0} |");
        }
    }

    /// <summary>Does nothing: what it takes is the machine's own.</summary>
    private sealed class NoPeer : IPeer<long>
    {
        public int Count => 0;

        public bool TryGet(long key, out long value)
        {
            value = 0;
            return false;
        }

        public void Set(long key, long value)
        {
        }

        public long GetOrAdd(long key, LoadCounter loads) => 0;
    }
}
