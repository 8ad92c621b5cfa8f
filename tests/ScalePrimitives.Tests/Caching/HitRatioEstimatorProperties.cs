using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class HitRatioEstimatorProperties
{
    [Property(MaxTest = 200, EndSize = 400)]
    public void Lru_of_few_entries_is_simulated_hit_for_hit(byte capacity, byte[] keys) => Compare(EvictionPolicy.Lru, capacity, keys);

    [Property(MaxTest = 200, EndSize = 400)]
    public void Lfu_of_few_entries_is_simulated_hit_for_hit(byte capacity, byte[] keys) => Compare(EvictionPolicy.Lfu, capacity, keys);

    [Property(MaxTest = 200, EndSize = 400)]
    public void Fifo_of_few_entries_is_simulated_hit_for_hit(byte capacity, byte[] keys) => Compare(EvictionPolicy.Fifo, capacity, keys);

    private static void Compare(EvictionPolicy policy, byte capacityByte, byte[] keys)
    {
        var estimator = new HitRatioEstimator<int>(1 + (capacityByte % 16), policy);
        Array.ForEach(keys, key => estimator.Record(key % 64));
        estimator.CheckIntegrity();
        foreach (HitRatioEstimate estimate in estimator.Estimates)
        {
            var naive = new NaiveCache(estimate.Capacity, policy);
            int hits = 0;
            foreach (byte key in keys)
            {
                if (naive.TryGet(key % 64, out _))
                {
                    hits++;
                }
                else
                {
                    naive.Set(key % 64, 0);
                }
            }

            double? expected = keys.Length == 0 ? null : (double)hits / keys.Length;
            Assert.Equal(new HitRatioEstimate(estimate.Capacity, expected, keys.Length), estimate);
        }
    }
}
