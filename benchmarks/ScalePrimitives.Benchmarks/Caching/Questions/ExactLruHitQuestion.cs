using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does a hit cost where each one must be put in order? LFU reads through the same log as LRU.</summary>
internal sealed class ExactLruHitQuestion : IPairedQuestion
{
    public string Name => "hit-exact-order";

    public string Title => "A hit under an exact policy: 100,000 resident keys (scattered), Zipf 0.99.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        long[] resident = KeyShapes.First(KeyShapes.Scattered, CacheWorkload.Entries(isShort));
        IReadOnlyList<long[]> requests = new ZipfSampler<long>(resident).Sample(CacheWorkload.Requests(isShort), CacheWorkload.Workers);
        return
        [
            Hit("ClassicLru", new ClassicLruPeer<long>(new ClassicLru<long, long>(resident.Length))),
            Hit("Lru", Ours.New<long>(resident.Length, EvictionPolicy.Lru)),
            Hit("Lfu", Ours.New<long>(resident.Length, EvictionPolicy.Lfu)),
        ];

        HitContender<long, TPeer> Hit<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long> => HitContender.Filled(contender, peer, resident, requests);
    }
}
