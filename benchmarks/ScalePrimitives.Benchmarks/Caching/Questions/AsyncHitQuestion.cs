using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does the asynchronous call cost when the key is there?</summary>
internal sealed class AsyncHitQuestion : IPairedQuestion
{
    public string Name => "load-async-hit";

    public string Title => "Asynchronous get-or-add that finds its key: 100,000 resident keys (scattered), Zipf 0.99.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        long[] resident = KeyShapes.First(KeyShapes.Scattered, CacheWorkload.Entries(isShort));
        int capacity = 2 * resident.Length;
        IReadOnlyList<long[]> requests = new ZipfSampler<long>(resident).Sample(CacheWorkload.Requests(isShort), CacheWorkload.Workers);
        return
        [
            Load("FastConcurrentLru", new FastConcurrentLruAsyncPeer(new FastConcurrentLru<long, long>(capacity))),
            Load("ConcurrentLfu", new ConcurrentLfuAsyncPeer(new ConcurrentLfu<long, long>(capacity))),
            Load("Adaptive", new CacheAsyncPeer(new Cache<long, long>(capacity))),
            Load("Lru", new CacheAsyncPeer(new Cache<long, long>(capacity, EvictionPolicy.Lru))),
        ];

        AsyncLoadContender<TPeer> Load<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IAsyncPeer
        {
            new AsyncLoadContender<TPeer>(contender, peer, new RepeatedRequests<long>([resident])).Run(worker: 0, resident.Length);
            return new AsyncLoadContender<TPeer>(contender, peer, new RepeatedRequests<long>(requests));
        }
    }
}
