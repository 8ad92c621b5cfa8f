using BitFaster.Caching.Lru;
using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does a set cost whose entry leaves by its age and not for want of room?</summary>
internal sealed class ExpiryQuestion : IPairedQuestion
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMilliseconds(5);

    public string Name => "expire-set";

    public string Title => "Set of a fresh key each time (scattered) that lives for 5 ms, with room for 200,000; its removal included.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int capacity = 2 * CacheWorkload.Entries(isShort);
        return
        [
            Set("ConcurrentTLru", new ConcurrentTLruPeer<long>(new ConcurrentTLru<long, long>(capacity, TimeToLive))),
            Set("Adaptive, ExpireAfterWrite", Ours.New<long>(capacity, configure: options => options.ExpireAfterWrite = TimeToLive)),
            Set("Adaptive, time to live of each", new CacheTimeToLivePeer(new Cache<long, long>(capacity), TimeToLive)),
            Set("Lru, ExpireAfterWrite", Ours.New<long>(capacity, EvictionPolicy.Lru, options => options.ExpireAfterWrite = TimeToLive)),
            Set("Adaptive, evicting", Ours.New<long>(capacity)),
        ];

        FreshSetContender<TPeer> Set<TPeer>(string contender, TPeer peer)
            where TPeer : struct, IPeer<long> => new FreshSetContender<TPeer>(contender, peer).Filled(capacity);
    }
}
