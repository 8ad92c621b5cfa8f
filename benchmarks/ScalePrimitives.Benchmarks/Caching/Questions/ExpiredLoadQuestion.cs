using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does get-or-add cost when values grow old and are loaded anew?</summary>
internal sealed class ExpiredLoadQuestion : IPairedQuestion
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMilliseconds(5);

    public string Name => "expire-get-or-add";

    public string Title => "Get-or-add over 100,000 keys (scattered), Zipf 0.99, with room for all; values live for 5 ms and are loaded anew.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        long[] keys = KeyShapes.First(KeyShapes.Scattered, CacheWorkload.Entries(isShort));
        int capacity = 2 * keys.Length;
        IReadOnlyList<long[]> requests = new ZipfSampler<long>(keys).Sample(CacheWorkload.Requests(isShort), CacheWorkload.Workers);
        return
        [
            GetOrAdd("ConcurrentTLru", new ConcurrentTLruPeer<long>(new ConcurrentTLru<long, long>(capacity, TimeToLive))),
            GetOrAdd("Adaptive, ExpireAfterWrite", Ours.New<long>(capacity, configure: options => options.ExpireAfterWrite = TimeToLive)),
            GetOrAdd("Lru, ExpireAfterWrite", Ours.New<long>(capacity, EvictionPolicy.Lru, options => options.ExpireAfterWrite = TimeToLive)),
        ];

        GetOrAddContender<TPeer> GetOrAdd<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long> => new(contender, peer, new RepeatedRequests<long>(requests));
    }
}
