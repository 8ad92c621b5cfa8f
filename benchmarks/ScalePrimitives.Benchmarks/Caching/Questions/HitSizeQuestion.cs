using System.Collections.Concurrent;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does a hit cost in a full cache of some size? The smaller it is, the more of its keys the adaptive policy samples.</summary>
internal sealed class HitSizeQuestion(int entries) : IPairedQuestion
{
    public string Name => $"hit-{entries / 1000}k-entries";

    public string Title => $"A hit in a full cache of {entries:N0} entries (scattered keys, Zipf 0.99).";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        long[] resident = KeyShapes.First(KeyShapes.Scattered, isShort ? entries / 50 : entries);
        IReadOnlyList<long[]> requests = new ZipfSampler<long>(resident).Sample(CacheWorkload.Requests(isShort), CacheWorkload.Workers);
        return
        [
            Hit("ConcurrentDictionary", new ConcurrentDictionaryPeer<long>(new ConcurrentDictionary<long, long>())),
            Hit("Adaptive", Ours.New<long>(resident.Length)),
            Hit("Fifo", Ours.New<long>(resident.Length, EvictionPolicy.Fifo)),
        ];

        HitContender<long, TPeer> Hit<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long> => HitContender.Filled(contender, peer, resident, requests);
    }
}
