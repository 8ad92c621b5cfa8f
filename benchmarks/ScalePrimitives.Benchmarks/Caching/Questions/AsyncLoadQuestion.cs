using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does the asynchronous call cost when the key must be loaded?</summary>
internal sealed class AsyncLoadQuestion : IPairedQuestion
{
    public string Name => "load-async-miss";

    public string Title => "Asynchronous get-or-add of a fresh key each time (scattered), with room for 100,000; the value is there at once.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int capacity = CacheWorkload.Entries(isShort);
        return
        [
            Load("FastConcurrentLru", new FastConcurrentLruAsyncPeer(new FastConcurrentLru<long, long>(capacity))),
            Load("ConcurrentLfu", new ConcurrentLfuAsyncPeer(new ConcurrentLfu<long, long>(capacity))),
            Load("Adaptive", new CacheAsyncPeer(new Cache<long, long>(capacity))),
            Load("Lru", new CacheAsyncPeer(new Cache<long, long>(capacity, EvictionPolicy.Lru))),
        ];

        AsyncFreshLoadContender<TPeer> Load<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IAsyncPeer
        {
            var filled = new AsyncFreshLoadContender<TPeer>(contender, peer);
            filled.Run(worker: 0, capacity);
            return filled;
        }
    }
}
