using System.Collections.Concurrent;
using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does a hit cost when entries expire, though none does here?</summary>
internal sealed class ExpiringHitQuestion : IPairedQuestion
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public string Name => "hit-expiring";

    public string Title => "A hit on entries that live for an hour: 100,000 resident keys (scattered), Zipf 0.99.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        long[] resident = KeyShapes.First(KeyShapes.Scattered, CacheWorkload.Entries(isShort));
        int capacity = 2 * resident.Length;
        IReadOnlyList<long[]> requests = new ZipfSampler<long>(resident).Sample(CacheWorkload.Requests(isShort), CacheWorkload.Workers);
        return
        [
            Hit("ConcurrentDictionary", new ConcurrentDictionaryPeer<long>(new ConcurrentDictionary<long, long>())),
            Hit("ConcurrentDictionary and a clock read", new ClockedDictionaryPeer(new ConcurrentDictionary<long, long>())),
            new ClockContender(),
            Hit("ConcurrentTLru", new ConcurrentTLruPeer<long>(new ConcurrentTLru<long, long>(capacity, Hour))),
            Hit("Adaptive, ExpireAfterWrite", Ours.New<long>(capacity, configure: options => options.ExpireAfterWrite = Hour)),
            Hit("Adaptive, ExpireAfterAccess", Ours.New<long>(capacity, configure: options => options.ExpireAfterAccess = Hour)),
            Hit("Adaptive, ExpireAfter", Ours.New<long>(capacity, configure: options => options.ExpireAfter = (_, _) => Hour)),
            Hit("Adaptive, no expiry", Ours.New<long>(capacity)),
        ];

        HitContender<long, TPeer> Hit<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long> => HitContender.Filled(contender, peer, resident, requests);
    }
}
