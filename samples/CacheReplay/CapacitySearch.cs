using ScalePrimitives.Caching;

namespace CacheReplay;

/// <summary>What capacity reaches a hit ratio, to within 1 % of the capacity; found by halving, as if the hit ratio never fell as the capacity grows.</summary>
internal static class CapacitySearch
{
    private const double Precision = 1.01;

    /// <summary>Finds a capacity that reaches a hit ratio while one smaller by 1 % or by one entry does not.</summary>
    /// <returns>The capacity and what it hits; null when there is none.</returns>
    public static (int Capacity, double HitRatio)? Find(Replay replay, EvictionPolicy policy, double wanted)
    {
        if (wanted > replay.Log.Ceiling)
        {
            return null;
        }

        int tooSmall = 0;
        int enough = replay.Log.DistinctCount; // there the ceiling is reached
        while (enough - tooSmall > 1 && enough > tooSmall * Precision)
        {
            int middle = Middle(tooSmall, enough);
            if (replay.HitRatio(policy, middle) >= wanted)
            {
                enough = middle;
            }
            else
            {
                tooSmall = middle;
            }
        }

        return (enough, replay.HitRatio(policy, enough));
    }

    // Between capacities far apart, by their ratio.
    private static int Middle(int tooSmall, int enough) =>
        enough > 4L * tooSmall ? (int)Math.Clamp(Math.Sqrt(Math.Max(1, tooSmall) * (double)enough), tooSmall + 1, enough - 1) : tooSmall + ((enough - tooSmall) / 2);
}
