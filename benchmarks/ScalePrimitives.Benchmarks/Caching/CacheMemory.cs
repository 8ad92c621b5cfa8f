using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using BitFaster.Caching.Scheduler;
using Microsoft.Extensions.Caching.Memory;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>How much memory does an entry take, all told? Caches from <see cref="long"/> to <see cref="long"/>, filled to capacity. The command <c>cache-memory</c>.</summary>
internal static class CacheMemory
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly (string Name, Func<int, IPeer<long>> Create)[] Kinds =
    [
        ("ConcurrentDictionary", _ => new ConcurrentDictionaryPeer<long>(new ConcurrentDictionary<long, long>())),
        ("FastConcurrentLru", capacity => new FastConcurrentLruPeer<long>(new FastConcurrentLru<long, long>(capacity))),
        ("ConcurrentLru", capacity => new ConcurrentLruPeer<long>(new ConcurrentLru<long, long>(capacity))),
        ("ConcurrentTLru", capacity => new ConcurrentTLruPeer<long>(new ConcurrentTLru<long, long>(capacity, Hour))),
        ("ConcurrentLfu", capacity => new ConcurrentLfuPeer<long>(new ConcurrentLfu<long, long>(1, capacity, new ForegroundScheduler(), EqualityComparer<long>.Default))),
        ("ClassicLru", capacity => new ClassicLruPeer<long>(new ClassicLru<long, long>(capacity))),
        ("MemoryCache", capacity => new MemoryCachePeer<long>(new MemoryCache(new MemoryCacheOptions { SizeLimit = capacity }))),
        ("Adaptive", capacity => Ours.New<long>(capacity)),
        ("Lru", capacity => Ours.New<long>(capacity, EvictionPolicy.Lru)),
        ("Lfu", capacity => Ours.New<long>(capacity, EvictionPolicy.Lfu)),
        ("Fifo", capacity => Ours.New<long>(capacity, EvictionPolicy.Fifo)),
        ("Adaptive, ExpireAfterWrite", capacity => Ours.New<long>(capacity, configure: options => options.ExpireAfterWrite = Hour)),
        ("Adaptive, ExpireAfterAccess", capacity => Ours.New<long>(capacity, configure: options => options.ExpireAfterAccess = Hour)),
        ("Adaptive, weighed", capacity => Ours.New<long>(capacity, configure: options => (options.Weigher, options.MaxWeight) = ((_, _) => 1, capacity))),
    ];

    public static Command Create()
    {
        var isShort = new Option<bool>("--short") { Description = "Small caches: measures nothing" };
        var command = new Command("cache-memory", "Measures the memory of an entry.") { isShort };
        command.SetAction(parsed => Print(parsed.GetValue(isShort) ? [1_000, 10_000] : [100_000, 1_000_000]));
        return command;
    }

    private static void Print(int[] capacities)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| bytes an entry | {string.Join(" | ", capacities.Select(capacity => capacity.ToString("N0", CultureInfo.InvariantCulture) + " entries"))} |"));
        Console.WriteLine($"| --- |{string.Concat(capacities.Select(_ => " ---: |"))}");
        foreach ((string name, Func<int, IPeer<long>> create) in Kinds)
        {
            BytesAnEntry(100, create); // what is made once for all is not counted
            string[] cells = [.. capacities.Select(capacity => BytesAnEntry(capacity, create).ToString("F1", CultureInfo.InvariantCulture))];
            Console.WriteLine($"| {name} | {string.Join(" | ", cells)} |");
        }
    }

    private static double BytesAnEntry(int capacity, Func<int, IPeer<long>> create)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        IPeer<long> peer = create(capacity);
        for (int rank = 0; rank < capacity; rank++)
        {
            peer.Set(KeyShapes.Scattered(rank), rank);
        }

        int count = peer.Count; // some evict before they are full
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(peer);
        return (double)(after - before) / count;
    }
}
