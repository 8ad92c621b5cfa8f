using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Looks up keys that are all there.</summary>
internal sealed class HitContender<TKey, TPeer>(string name, TPeer peer, IRequests<TKey> requests) : RequestContender<TKey>(name, requests)
    where TPeer : struct, IPeer<TKey>
{
    protected override long Serve(ReadOnlySpan<TKey> keys, int worker)
    {
        long sum = 0;
        foreach (TKey key in keys)
        {
            sum += peer.TryGet(key, out long value) ? value : throw new InvalidOperationException($"{Name}: a key is missing.");
        }

        return sum;
    }
}

/// <summary>Creates contenders that look up keys which are all there.</summary>
internal static class HitContender
{
    /// <summary>Creates one whose cache has been filled with the keys.</summary>
    public static HitContender<TKey, TPeer> Filled<TKey, TPeer>(string name, TPeer peer, TKey[] resident, IReadOnlyList<TKey[]> requests)
        where TPeer : struct, IPeer<TKey>
    {
        for (int rank = 0; rank < resident.Length; rank++)
        {
            peer.Set(resident[rank], rank);
        }

        return new HitContender<TKey, TPeer>(name, peer, new RepeatedRequests<TKey>(requests));
    }
}
