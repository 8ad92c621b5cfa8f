using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does a load cost, beside what it loads? Every request is for a fresh key, and evicts another.</summary>
internal sealed class LoadQuestion : IPairedQuestion
{
    public string Name => "load-fresh-keys";

    public string Title => "Get-or-add of a fresh key each time (scattered), with room for 100,000: a load and an eviction.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int capacity = CacheWorkload.Entries(isShort);
        return
        [
            Load("FastConcurrentLru", new FastConcurrentLruPeer<long>(new FastConcurrentLru<long, long>(capacity))),
            Load("ConcurrentLfu", new ConcurrentLfuPeer<long>(new ConcurrentLfu<long, long>(capacity))),
            Load("ClassicLru", new ClassicLruPeer<long>(new ClassicLru<long, long>(capacity))),
            Load("MemoryCache", new MemoryCachePeer<long>(new MemoryCache(new MemoryCacheOptions { SizeLimit = capacity }))),
            Load("Adaptive", Ours.New<long>(capacity)),
            Load("Lru", Ours.New<long>(capacity, EvictionPolicy.Lru)),
            Load("Lfu", Ours.New<long>(capacity, EvictionPolicy.Lfu)),
            Load("Fifo", Ours.New<long>(capacity, EvictionPolicy.Fifo)),
        ];

        FreshLoadContender<TPeer> Load<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long>
        {
            var filled = new FreshLoadContender<TPeer>(contender, peer);
            filled.Run(worker: 0, capacity);
            return filled;
        }
    }
}
