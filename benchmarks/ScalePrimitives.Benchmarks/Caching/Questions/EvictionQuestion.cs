using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does an eviction cost in a large cache?</summary>
internal sealed class EvictionQuestion(int millions) : IPairedQuestion
{
    public string Name => $"evict-{millions}m";

    public string Title => $"Set of a fresh key each time (scattered) in a full cache of {millions},000,000 entries: an insertion and an eviction.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int capacity = isShort ? millions * 1_000 : millions * 1_000_000;
        return
        [
            Set("FastConcurrentLru", new FastConcurrentLruPeer<long>(new FastConcurrentLru<long, long>(capacity))),
            Set("ConcurrentLfu", new ConcurrentLfuPeer<long>(new ConcurrentLfu<long, long>(capacity))),
            Set("Adaptive", Ours.New<long>(capacity)),
            Set("Lru", Ours.New<long>(capacity, EvictionPolicy.Lru)),
            Set("Lfu", Ours.New<long>(capacity, EvictionPolicy.Lfu)),
            Set("Fifo", Ours.New<long>(capacity, EvictionPolicy.Fifo)),
        ];

        FreshSetContender<TPeer> Set<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long> => new FreshSetContender<TPeer>(contender, peer).Filled(capacity);
    }
}
