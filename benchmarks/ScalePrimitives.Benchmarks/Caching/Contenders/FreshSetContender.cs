using ScalePrimitives.Benchmarks.Caching.Peers;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Sets a fresh key each time.</summary>
internal sealed class FreshSetContender<TPeer>(string name, TPeer peer) : FreshKeyContender(name)
    where TPeer : struct, IPeer<long>
{
    /// <summary>Fills the cache to its capacity before anything is measured.</summary>
    public FreshSetContender<TPeer> Filled(int count)
    {
        Run(worker: 0, count);
        return this;
    }

    protected override long Use(long firstRank, int count)
    {
        for (int i = 0; i < count; i++)
        {
            peer.Set(KeyShapes.Scattered(firstRank + i), i);
        }

        return count;
    }
}
