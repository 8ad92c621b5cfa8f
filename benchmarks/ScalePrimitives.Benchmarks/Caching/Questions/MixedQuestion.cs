using System.Collections.Concurrent;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does a request cost when some of them set? Either all keys are resident, or there are ten times as many as fit.</summary>
internal sealed class MixedQuestion(int setPercent, bool evicts) : IPairedQuestion
{
    public string Name => $"mixed-{setPercent}{(evicts ? "-evicting" : "")}";

    public string Title => evicts
        ? $"{setPercent} % set, the rest look up, over 1,000,000 keys (scattered), Zipf 0.99, with room for 100,000."
        : $"{setPercent} % set, the rest look up: 100,000 resident keys (scattered), Zipf 0.99.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int entries = CacheWorkload.Entries(isShort);
        int capacity = evicts ? entries : 2 * entries;
        long[] keys = KeyShapes.First(KeyShapes.Scattered, evicts ? 10 * entries : entries);
        var sampler = new ZipfSampler<long>(keys);
        List<Contender> contenders = evicts ? [] : [Mixed("ConcurrentDictionary", new ConcurrentDictionaryPeer<long>(new ConcurrentDictionary<long, long>()))];
        contenders.AddRange(
        [
            Mixed("FastConcurrentLru", new FastConcurrentLruPeer<long>(new FastConcurrentLru<long, long>(capacity))),
            Mixed("ConcurrentLru", new ConcurrentLruPeer<long>(new ConcurrentLru<long, long>(capacity))),
            Mixed("ConcurrentLfu", new ConcurrentLfuPeer<long>(new ConcurrentLfu<long, long>(capacity))),
            Mixed("ClassicLru", new ClassicLruPeer<long>(new ClassicLru<long, long>(capacity))),
            Mixed("MemoryCache", new MemoryCachePeer<long>(new MemoryCache(new MemoryCacheOptions { SizeLimit = capacity }))),
            Mixed("Adaptive", Ours.New<long>(capacity)),
            Mixed("Lru", Ours.New<long>(capacity, EvictionPolicy.Lru)),
            Mixed("Lfu", Ours.New<long>(capacity, EvictionPolicy.Lfu)),
            Mixed("Fifo", Ours.New<long>(capacity, EvictionPolicy.Fifo)),
        ]);
        return contenders;

        MixedContender<TPeer> Mixed<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long>
        {
            foreach (long key in keys.AsSpan(0, entries))
            {
                peer.Set(key, key);
            }

            return new MixedContender<TPeer>(contender, peer, new ZipfRequests<long>(sampler, CacheWorkload.Workers), setEvery: 100 / setPercent);
        }
    }
}
