using System.Collections.Concurrent;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does a hit cost, beside a lookup in a dictionary that evicts nothing?</summary>
internal sealed class HitQuestion<TKey>(string name, string keys, Func<long, TKey> shape) : IPairedQuestion
    where TKey : notnull
{
    public string Name => name;

    public string Title => $"A hit: 100,000 resident keys ({keys}), Zipf 0.99.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        TKey[] resident = KeyShapes.First(shape, CacheWorkload.Entries(isShort));
        int capacity = 2 * resident.Length; // so that no peer evicts, whatever it reserves for its queues
        IReadOnlyList<TKey[]> requests = new ZipfSampler<TKey>(resident).Sample(CacheWorkload.Requests(isShort), CacheWorkload.Workers);
        return
        [
            Hit("ConcurrentDictionary", new ConcurrentDictionaryPeer<TKey>(new ConcurrentDictionary<TKey, long>())),
            Hit("FastConcurrentLru", new FastConcurrentLruPeer<TKey>(new FastConcurrentLru<TKey, long>(capacity))),
            Hit("ConcurrentLru", new ConcurrentLruPeer<TKey>(new ConcurrentLru<TKey, long>(capacity))),
            Hit("ConcurrentLfu", new ConcurrentLfuPeer<TKey>(new ConcurrentLfu<TKey, long>(capacity))),
            Hit("ClassicLru", new ClassicLruPeer<TKey>(new ClassicLru<TKey, long>(capacity))),
            Hit("MemoryCache", new MemoryCachePeer<TKey>(new MemoryCache(new MemoryCacheOptions { SizeLimit = capacity }))),
            Hit("Adaptive", Ours.New<TKey>(capacity)),
            Hit("Adaptive, RecordStatistics", Ours.New<TKey>(capacity, configure: options => options.RecordStatistics = true)),
            Hit("Lru", Ours.New<TKey>(capacity, EvictionPolicy.Lru)),
            Hit("Lfu", Ours.New<TKey>(capacity, EvictionPolicy.Lfu)),
            Hit("Fifo", Ours.New<TKey>(capacity, EvictionPolicy.Fifo)),
        ];

        HitContender<TKey, TPeer> Hit<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<TKey> => HitContender.Filled(contender, peer, resident, requests);
    }
}
