using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Sets the key of every so many-th request and looks up the others, which need not be there.</summary>
internal sealed class MixedContender<TPeer>(string name, TPeer peer, IRequests<long> requests, int setEvery) : RequestContender<long>(name, requests)
    where TPeer : struct, IPeer<long>
{
    protected override long Serve(ReadOnlySpan<long> keys, int worker)
    {
        long sum = 0;
        int untilSet = setEvery;
        foreach (long key in keys)
        {
            if (--untilSet == 0)
            {
                peer.Set(key, sum);
                untilSet = setEvery;
            }
            else if (peer.TryGet(key, out long value))
            {
                sum += value;
            }
        }

        return sum;
    }
}
