using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class HitRatioEstimatorTests
{
    [Theory]
    [InlineData(1, 1, 2, 4, 8)]
    [InlineData(3, 1, 3, 6, 12, 24)]
    [InlineData(1000, 250, 500, 1000, 2000, 4000, 8000)]
    [InlineData(1_000_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_000_000_000, int.MaxValue)]
    [InlineData(int.MaxValue, int.MaxValue / 4, int.MaxValue / 2, int.MaxValue)]
    public void The_capacities_go_from_a_quarter_to_eight_times_within_what_a_cache_can_hold(int capacity, params int[] expected) =>
        Assert.Equal(expected, new HitRatioEstimator<int>(capacity).Estimates.Select(estimate => estimate.Capacity));

    [Fact]
    public void Bad_arguments_are_named()
    {
        Assert.Equal("capacity", Assert.Throws<ArgumentOutOfRangeException>(() => new HitRatioEstimator<int>(0)).ParamName);
        Assert.Equal("policy", Assert.Throws<ArgumentOutOfRangeException>(() => new HitRatioEstimator<int>(1, (EvictionPolicy)4)).ParamName);
        Assert.Equal("key", Assert.Throws<ArgumentNullException>(() => new HitRatioEstimator<string>(1).Record(null!)).ParamName);
    }

    [Fact]
    public void Capacity_and_policy_are_those_given()
    {
        var estimator = new HitRatioEstimator<int>(10, EvictionPolicy.Lfu);
        Assert.Equal((10, EvictionPolicy.Lfu), (estimator.Capacity, estimator.Policy));
        Assert.Equal(EvictionPolicy.Adaptive, new HitRatioEstimator<int>(10).Policy);
    }

    [Fact]
    public void Without_a_request_there_is_no_ratio()
    {
        Assert.All(new HitRatioEstimator<int>(10).Estimates, estimate => Assert.Null(estimate.HitRatio));
        Assert.Null(default(HitRatioEstimate).HitRatio);
    }

    [Fact]
    public void The_first_request_of_a_key_counts_as_a_miss()
    {
        var estimator = new HitRatioEstimator<string>(4, EvictionPolicy.Lru);
        Array.ForEach(["a", "b", "a", "c"], estimator.Record);
        HitRatioEstimate[] estimates = [.. estimator.Estimates];
        Assert.Equal(new HitRatioEstimate(1, 0, 4), estimates[0]);
        Assert.Equal(new HitRatioEstimate(2, 0.25, 4), estimates[1]);
        Assert.Equal(new HitRatioEstimate(32, 0.25, 4), estimates[^1]);
    }

    [Fact]
    public void After_a_reset_the_counting_begins_anew_with_caches_that_are_filled()
    {
        var estimator = new HitRatioEstimator<int>(100);
        Repeat(estimator, 10, keyCount: 10);
        estimator.Reset();
        Assert.All(estimator.Estimates, estimate => Assert.Equal((null, 0), (estimate.HitRatio, estimate.SampledRequests)));
        Repeat(estimator, 10, keyCount: 10);
        Assert.All(estimator.Estimates, estimate => Assert.Equal((1.0, 10), (estimate.HitRatio, estimate.SampledRequests)));
    }

    // Simulated by a tenth of the keys, so that the ratio goes by the number of all requests. A few keys of many requests
    // hit, and many keys of one miss: what is thought missing from the sample would be thought to hit.
    [Fact]
    public void After_a_reset_the_sample_is_corrected_by_the_requests_since_then()
    {
        var estimator = new HitRatioEstimator<int>(80_000, EvictionPolicy.Lru, seed: 1);
        Repeat(estimator, 100_000, keyCount: 1_000);
        estimator.Reset();
        Repeat(estimator, 10_000, keyCount: 1_000);
        for (int key = 1_000; key < 91_000; key++)
        {
            estimator.Record(key);
        }

        Assert.InRange(estimator.Estimates[0].HitRatio!.Value, 0.08, 0.12);
    }

    [Fact]
    public void After_a_reset_a_filled_cache_that_is_sampled_hits_all_that_it_holds()
    {
        var estimator = new HitRatioEstimator<int>(1_000_000, EvictionPolicy.Lru, seed: 1);
        Repeat(estimator, 100_000, keyCount: 100_000);
        Assert.All(estimator.Estimates, estimate => Assert.Equal(0, estimate.HitRatio));
        estimator.Reset();
        Repeat(estimator, 100_000, keyCount: 100_000);
        Assert.All(estimator.Estimates, estimate => Assert.Equal(1, estimate.HitRatio!.Value, 1e-12));
    }

    // The framework's hash code of each of these keys is 0.
    [Fact]
    public void All_64_bits_of_a_number_tell_it_from_others()
    {
        var signed = new HitRatioEstimator<long>(100_000);
        var unsigned = new HitRatioEstimator<ulong>(100_000);
        for (uint i = 0; i < 10_000; i++)
        {
            signed.Record((long)(((ulong)i << 32) | i));
            unsigned.Record(((ulong)i << 32) | i);
        }

        Assert.All(signed.Estimates.Concat(unsigned.Estimates), estimate => Assert.InRange(estimate.HitRatio!.Value, 0, 0.01));
    }

    [Fact]
    public void Keys_are_told_apart_by_the_comparer()
    {
        var estimator = new HitRatioEstimator<string>(10, EvictionPolicy.Lru, StringComparer.OrdinalIgnoreCase);
        Array.ForEach(["a", "A", "b", "B"], estimator.Record);
        Assert.Equal(0.5, estimator.Estimates[^1].HitRatio);
    }

    [Fact]
    public void The_same_seed_gives_the_same_estimates()
    {
        (HitRatioEstimator<int> first, HitRatioEstimator<int> second) = (new(50_000, seed: 7), new(50_000, seed: 7));
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            int key = random.Next(100_000);
            first.Record(key);
            second.Record(key);
        }

        Assert.Equal(first.Estimates, second.Estimates);
        first.CheckIntegrity();
    }

    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Lfu)]
    [InlineData(EvictionPolicy.Fifo)]
    public void Estimates_from_a_sample_come_close_to_the_caches_of_those_capacities(EvictionPolicy policy)
    {
        const int capacity = 8_000;
        int[] requests = Zipf(requestCount: 300_000, keyCount: 200_000);
        var estimator = new HitRatioEstimator<int>(capacity, policy, seed: 1);
        Array.ForEach(requests, estimator.Record);
        estimator.CheckIntegrity();
        Assert.InRange(estimator.Estimates[^1].SampledRequests, 1_000, requests.Length / 10);
        Assert.All(estimator.Estimates, estimate => Assert.InRange(estimate.HitRatio!.Value - HitRatio(requests, estimate.Capacity, policy), -0.025, 0.025));
    }

    [Fact]
    public void Every_request_of_every_thread_is_counted()
    {
        const int threads = 4;
        const int each = 20_000;
        var estimator = new HitRatioEstimator<int>(100);
        Concurrently.Run(threads, index =>
        {
            for (int i = 0; i < each; i++)
            {
                estimator.Record(i % (100 * (index + 1)));
                if (i % 1000 == 0)
                {
                    Assert.All(estimator.Estimates, estimate => Assert.InRange(estimate.HitRatio!.Value, 0, 1));
                }
            }
        });
        estimator.CheckIntegrity();
        Assert.All(estimator.Estimates, estimate => Assert.Equal(threads * each, estimate.SampledRequests));

        // The largest holds all keys, so that each of the 400 missed once.
        Assert.Equal(1 - (400.0 / (threads * each)), estimator.Estimates[^1].HitRatio!.Value, 1e-12);
    }

    [Fact]
    public void A_request_outside_the_sample_allocates_nothing()
    {
        var numbers = new HitRatioEstimator<long>(int.MaxValue, seed: 1);
        var texts = new HitRatioEstimator<string>(int.MaxValue, EvictionPolicy.Lru, StringComparer.OrdinalIgnoreCase, seed: 1);
        long key = 0;
        Allocations.AssertNone(() =>
        {
            numbers.Record(key++);
            texts.Record("key");
            return 0;
        });
        Assert.All(numbers.Estimates, estimate => Assert.Equal(0, estimate.SampledRequests));
    }

    private static void Repeat(HitRatioEstimator<int> estimator, int requestCount, int keyCount)
    {
        for (int i = 0; i < requestCount; i++)
        {
            estimator.Record(i % keyCount);
        }
    }

    private static double HitRatio(int[] requests, int capacity, EvictionPolicy policy)
    {
        using var cache = new Cache<int, bool>(new CacheOptions<int, bool> { Capacity = capacity, Policy = policy, RecordStatistics = true, Seed = 1 });
        foreach (int key in requests)
        {
            cache.GetOrAdd(key, false, static (_, _) => true);
        }

        return cache.Statistics.HitRatio!.Value;
    }

    // Of exponent 0.9, by the inverse of the continuous distribution.
    private static int[] Zipf(int requestCount, int keyCount)
    {
        const double exponent = 0.9;
        var random = new Random(1);
        double scale = Math.Pow(keyCount + 1, 1 - exponent) - 1;
        return [.. Enumerable.Range(0, requestCount).Select(_ => (int)Math.Pow(1 + (random.NextDouble() * scale), 1 / (1 - exponent)))];
    }
}
