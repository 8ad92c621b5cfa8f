using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>The adaptive policy alone: on bare entries, without a cache, a key or a value.</summary>
public class AdaptivePolicyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void It_knows_exactly_the_entries_it_was_given(int capacity)
    {
        var policy = new AdaptivePolicy(capacity, seed: 1);
        var cache = new PolicyCache(policy, capacity);
        var random = new Random(1);
        for (int step = 0; step < 20 * capacity; step++)
        {
            cache.Request(Hash(random.Next(3 * capacity)));
            if (random.Next(10) == 0)
            {
                cache.Remove(cache.Hashes.First());
            }

            if (step % capacity == 0)
            {
                cache.CheckIntegrity();
            }
        }

        while (cache.Hashes.Count > 0)
        {
            cache.Evict();
        }

        cache.CheckIntegrity();
    }

    [Fact]
    public void Runs_of_the_same_seed_evict_the_same_entries_and_of_another_seed_others()
    {
        Assert.Equal(Evicted(seed: 1), Evicted(seed: 1));
        Assert.NotEqual(Evicted(seed: 1), Evicted(seed: 2));

        static List<uint> Evicted(ulong seed)
        {
            var cache = new PolicyCache(new AdaptivePolicy(300, seed), 300);
            var random = new Random(1);
            Repeat(20_000, () => cache.Request(Hash(Skewed(random, 2_000))));
            return [.. cache.Hashes.Order()];
        }
    }

    [Fact]
    public void The_frequent_stay_through_a_scan()
    {
        var cache = new PolicyCache(new AdaptivePolicy(100, seed: 1), 100);
        Repeat(4, () => Request(cache, 0, 50));
        Request(cache, 1_000, 1_000);
        Assert.All(Enumerable.Range(0, 50), hot => Assert.Contains(Hash(hot), cache.Hashes));
    }

    [Fact]
    public void A_victim_is_found_in_few_steps_even_when_every_entry_was_read()
    {
        const int capacity = 10_000;
        var policy = new AdaptivePolicy(capacity, seed: 1);
        CacheEntry[] entries = [.. Enumerable.Range(0, capacity).Select(i => new TestEntry(Hash(i)))];
        Array.ForEach(entries, policy.Added);
        Repeat(10, () => Array.ForEach(entries, policy.Accessed));
        int before = entries.Sum(entry => entry.Frequency);

        CacheEntry victim = policy.NextVictim();
        policy.Removed(victim);

        Assert.Equal(entries.Except([victim]).ToHashSet(), policy.CheckedEntries().ToHashSet());
        int examined = before - entries.Sum(entry => entry.Frequency);
        Assert.InRange(examined, 1, AdaptivePolicy.MaxHandSteps + AdaptivePolicy.MaxWindowSteps + CacheEntry.MaxFrequency);
    }

    [Fact]
    public void The_window_grows_and_shrinks_with_what_the_requests_reward()
    {
        const int capacity = 1_000;
        var policy = new AdaptivePolicy(capacity, seed: 1);
        var cache = new PolicyCache(policy, capacity);
        int next = 0;

        // Each key comes back once, after 800 others, and never again: only recency helps.
        for (int i = 0; i < 100_000; i++)
        {
            cache.Request(Hash(next));
            cache.Request(Hash(Math.Max(0, next++ - 800 / 2)));
        }

        Assert.True(policy.WindowShare >= 0.3, $"The share is {policy.WindowShare}.");
        Assert.Equal(AdaptivePolicy.WindowOf(capacity, policy.WindowShare), policy.WindowCount);
        cache.CheckIntegrity();

        // A loop of three times the capacity: only a share of it can hit, so what is in should stay.
        Repeat(50, () => Request(cache, 1_000_000, 3 * capacity));
        Assert.True(policy.WindowShare <= 0.1, $"The share is {policy.WindowShare}.");
        Assert.Equal(AdaptivePolicy.WindowOf(capacity, policy.WindowShare), policy.WindowCount);
        cache.CheckIntegrity();
    }

    [Theory]
    [InlineData(8)]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(1_000)]
    public void New_favourites_soon_replace_the_old_ones(int capacity)
    {
        var cache = new PolicyCache(new AdaptivePolicy(capacity, seed: 1), capacity);
        int favourites = capacity * 3 / 4;
        var random = new Random(1);
        for (int phase = 0; phase < 4; phase++)
        {
            Repeat(200 * capacity, Ask);

            // A twentieth of the requests is noise that never comes back.
            int hits = 0;
            Repeat(20 * capacity, () => hits += Ask() ? 1 : 0);
            Assert.True(hits >= 0.9 * 20 * capacity, $"Phase {phase}: {hits} hits of {20 * capacity}.");

            bool Ask() => cache.Request(random.Next(20) == 0 ? Hash(random.Next(int.MaxValue)) : Hash((phase * 10_000) + random.Next(favourites)));
        }
    }

    [Fact]
    public void A_phase_that_is_over_drains_from_window_and_main_region()
    {
        // Skewed, then a loop, then skewed again over other keys: what is left of the phases before is counted.
        const int capacity = 500;
        var cache = new PolicyCache(new AdaptivePolicy(capacity, seed: 1), capacity);
        var random = new Random(1);
        Repeat(200 * capacity, () => cache.Request(Hash(Skewed(random, 2_000))));
        Repeat(200, () => Request(cache, 10_000, 700));
        Assert.InRange(Left(0, 2_000), 0, capacity / 20);
        Repeat(200 * capacity, () => cache.Request(Hash(20_000 + Skewed(random, 2_000))));
        Assert.InRange(Left(0, 11_000), 0, capacity / 20);
        cache.CheckIntegrity();

        int Left(int first, int count) => Enumerable.Range(first, count).Select(Hash).Count(cache.Hashes.Contains);
    }

    [Fact]
    public void Keys_chosen_to_collide_in_the_sketch_evict_the_hot_only_where_the_seed_is_known()
    {
        const ulong knownSeed = 1;
        uint[] hot = [.. Enumerable.Range(0, 200).Select(Hash)];
        uint[] attack = CollidingWith(hot, knownSeed, count: 800);

        Assert.InRange(HotLeftAfterAttack(knownSeed), 0, 20);
        Assert.InRange(HotLeftAfterAttack(seed: 2), 175, 200);
        Assert.InRange(HotLeftAfterAttack(seed: 3), 175, 200);

        int HotLeftAfterAttack(ulong seed)
        {
            var cache = new PolicyCache(new AdaptivePolicy(hot.Length, seed), hot.Length);
            for (int round = 0; round < 6; round++)
            {
                Array.ForEach(hot, hash => cache.Request(hash));

                // Newcomers that displace one another make the hand go round, so that the sketch hears of the hot.
                Array.ForEach([.. Enumerable.Range(1_000_000 + (round * 200), 200)], key => Repeat(2, () => cache.Request(Hash(key))));
            }

            Assert.InRange(hot.Count(cache.Hashes.Contains), 180, 200);
            Array.ForEach(attack, hash => Repeat(2, () => cache.Request(hash)));
            return hot.Count(cache.Hashes.Contains);
        }
    }

    [Fact]
    public void Weights_bound_the_regions_too()
    {
        const long maxWeight = 10_000;
        var policy = new AdaptivePolicy(int.MaxValue, seed: 1, maxWeight);
        var cache = new PolicyCache(policy, int.MaxValue, maxWeight);
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            int key = Skewed(random, 3_000);
            cache.Request(Hash(key), 1 + (key % 40));
        }

        cache.CheckIntegrity();
        Assert.InRange(cache.Weight, maxWeight - 40, maxWeight);
        Assert.InRange(policy.WindowCount, 1, (int)(cache.Hashes.Count * policy.WindowShare * 2) + 1);
    }

    [Fact]
    public void A_frequent_light_entry_stays_through_a_scan_of_heavier_ones()
    {
        var cache = new PolicyCache(new AdaptivePolicy(int.MaxValue, seed: 1, maxWeight: 1_000), int.MaxValue, 1_000);
        Repeat(6, () => Request(cache, 0, 500));
        for (int scanned = 0; scanned < 500; scanned++)
        {
            cache.Request(Hash(1_000 + scanned), weight: 30);
            Request(cache, 0, 50);
        }

        Assert.All(Enumerable.Range(0, 50), hot => Assert.Contains(Hash(hot), cache.Hashes));
        cache.CheckIntegrity();
    }

    [Fact]
    public void Unless_weight_is_bounded_no_entry_is_asked_for_its_weight()
    {
        var policy = new AdaptivePolicy(4, seed: 1);
        foreach (CacheEntry entry in Enumerable.Range(0, 4).Select(i => new UnweighableEntry(Hash(i))))
        {
            policy.Added(entry);
        }

        policy.Replaced(policy.NextVictim(), new UnweighableEntry(99));
        policy.Removed(policy.NextVictim());
        Assert.Equal(3, policy.CheckedEntries().Count());
    }

    [Theory]
    [InlineData(1_000, 100)]
    [InlineData(100, 1_000)]
    [InlineData(1_000, 1)]
    public void After_a_resize_the_regions_follow(int before, int after)
    {
        var policy = new AdaptivePolicy(before, seed: 1);
        var cache = new PolicyCache(policy, before);
        var random = new Random(1);
        Repeat(20 * before, () => cache.Request(Hash(Skewed(random, 5_000))));
        policy.Resize(after, long.MaxValue);
        cache.Capacity = after;
        Repeat(20_000, () => cache.Request(Hash(Skewed(random, 5_000))));
        Assert.Equal(after, cache.Hashes.Count);
        Assert.Equal(AdaptivePolicy.WindowOf(after, policy.WindowShare), policy.WindowCount);
        cache.CheckIntegrity();
    }

    [Fact]
    public void The_hottest_are_those_read_most()
    {
        var policy = new AdaptivePolicy(100, seed: 1);
        var cache = new PolicyCache(policy, 100);
        for (int round = 0; round < 30; round++)
        {
            Request(cache, 0, 10);
            Request(cache, 1_000 + (round * 50), 50);
        }

        uint[] hottest = [.. policy.HottestFirst().Take(10).Select(entry => entry.Hash).Order()];
        Assert.Equal(Enumerable.Range(0, 10).Select(Hash).Order(), hottest);
        Assert.Equal(policy.ColdestFirst(), policy.HottestFirst().Reverse());
        Assert.Equal(100, policy.ColdestFirst().Count());
    }

    [Fact]
    public void A_successor_takes_over_place_and_history()
    {
        var policy = new AdaptivePolicy(10, seed: 1, maxWeight: 100);
        CacheEntry[] entries = [.. Enumerable.Range(0, 10).Select(i => new TestEntry(Hash(i), weight: 2))];
        Array.ForEach(entries, policy.Added);
        CacheEntry victim = policy.NextVictim();
        policy.Accessed(victim);
        var successor = new TestEntry(victim.Hash, weight: 5);
        policy.Replaced(victim, successor);
        Assert.Equal((victim.List, 1), (successor.List, successor.Frequency));
        Assert.Equal(entries.Select(entry => entry == victim ? successor : entry).ToHashSet(), policy.CheckedEntries().ToHashSet());
    }

    private static uint[] CollidingWith(uint[] hot, ulong seed, int count)
    {
        var sketch = new FrequencySketch(seed);
        foreach (uint hash in hot)
        {
            for (int i = 0; i < FrequencySketch.MaxCount; i++)
            {
                sketch.Increment(hash);
            }
        }

        return [.. Enumerable.Range(10_000_000, 50_000_000).Select(Hash).Where(hash => sketch.Estimate(hash) == FrequencySketch.MaxCount).Take(count)];
    }

    private static uint Hash(int key) => (uint)key * 0x85EB_CA6B;

    // Popularity falls about as one over the rank.
    private static int Skewed(Random random, int keys) => (int)Math.Pow(keys, random.NextDouble()) - 1;

    private static void Request(PolicyCache cache, int first, int count)
    {
        for (int key = first; key < first + count; key++)
        {
            cache.Request(Hash(key));
        }
    }

    private static void Repeat(int times, Func<bool> action)
    {
        for (int i = 0; i < times; i++)
        {
            action();
        }
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
        {
            action();
        }
    }

    private sealed class UnweighableEntry(uint hash) : CacheEntry(hash)
    {
        public override long Weight => throw new InvalidOperationException("Weight is not bounded.");
    }
}
