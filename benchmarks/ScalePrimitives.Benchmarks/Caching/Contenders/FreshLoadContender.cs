using ScalePrimitives.Benchmarks.Caching.Peers;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Loads a fresh key each time.</summary>
internal sealed class FreshLoadContender<TPeer>(string name, TPeer peer) : FreshKeyContender(name)
    where TPeer : struct, IPeer<long>
{
    protected override long Use(long firstRank, int count)
    {
        long sum = 0;
        var loads = new LoadCounter();
        for (int i = 0; i < count; i++)
        {
            sum += peer.GetOrAdd(KeyShapes.Scattered(firstRank + i), loads);
        }

        return sum;
    }
}
