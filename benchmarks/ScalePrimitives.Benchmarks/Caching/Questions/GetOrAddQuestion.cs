using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does get-or-add cost when ten times as many keys are asked for as fit, and how often does it find its key?</summary>
internal sealed class GetOrAddQuestion : IPairedQuestion
{
    public string Name => "get-or-add";

    public string Title => "Get-or-add over 1,000,000 keys (scattered), Zipf 0.99, with room for 100,000; misses and evictions included.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int capacity = CacheWorkload.Entries(isShort);
        var sampler = new ZipfSampler<long>(KeyShapes.First(KeyShapes.Scattered, 10 * capacity));
        return
        [
            GetOrAdd("FastConcurrentLru", new FastConcurrentLruPeer<long>(new FastConcurrentLru<long, long>(capacity))),
            GetOrAdd("ConcurrentLru", new ConcurrentLruPeer<long>(new ConcurrentLru<long, long>(capacity))),
            GetOrAdd("ConcurrentLfu", new ConcurrentLfuPeer<long>(new ConcurrentLfu<long, long>(capacity))),
            GetOrAdd("ClassicLru", new ClassicLruPeer<long>(new ClassicLru<long, long>(capacity))),
            GetOrAdd("MemoryCache", new MemoryCachePeer<long>(new MemoryCache(new MemoryCacheOptions { SizeLimit = capacity }))),
            GetOrAdd("Adaptive", Ours.New<long>(capacity)),
            GetOrAdd("Lru", Ours.New<long>(capacity, EvictionPolicy.Lru)),
            GetOrAdd("Lfu", Ours.New<long>(capacity, EvictionPolicy.Lfu)),
            GetOrAdd("Fifo", Ours.New<long>(capacity, EvictionPolicy.Fifo)),
        ];

        // Filled by requests, so that a hit ratio is that of a cache which has been in use.
        GetOrAddContender<TPeer> GetOrAdd<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long>
        {
            var filled = new GetOrAddContender<TPeer>(contender, peer, new ZipfRequests<long>(sampler, CacheWorkload.Workers));
            filled.Prepare(worker: 0, 10 * capacity);
            filled.Run(worker: 0, 10 * capacity);
            return filled;
        }
    }
}
