using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Asks for keys asynchronously; those that are not there are loaded at once, so that no call has to wait.</summary>
internal sealed class AsyncLoadContender<TPeer>(string name, TPeer peer, IRequests<long> requests) : RequestContender<long>(name, requests)
    where TPeer : struct, IAsyncPeer
{
    protected override long Serve(ReadOnlySpan<long> keys, int worker)
    {
        long sum = 0;
        foreach (long key in keys)
        {
            ValueTask<long> value = peer.GetOrAddAsync(key);
            sum += value.IsCompletedSuccessfully ? value.Result : value.AsTask().GetAwaiter().GetResult(); // the other worker loads the key at this moment
        }

        return sum;
    }
}
