using ScalePrimitives.Benchmarks.Caching.Peers;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Loads a fresh key each time, asynchronously; the value is there at once, so that no call has to wait.</summary>
internal sealed class AsyncFreshLoadContender<TPeer>(string name, TPeer peer) : FreshKeyContender(name)
    where TPeer : struct, IAsyncPeer
{
    protected override long Use(long firstRank, int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            ValueTask<long> value = peer.GetOrAddAsync(KeyShapes.Scattered(firstRank + i));
            sum += value.IsCompletedSuccessfully ? value.Result : throw new InvalidOperationException($"{Name}: a load was waited for.");
        }

        return sum;
    }
}
