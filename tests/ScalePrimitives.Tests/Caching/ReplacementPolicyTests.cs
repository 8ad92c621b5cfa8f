using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>The policies alone: on bare entries, without a cache, a key or a value.</summary>
public class ReplacementPolicyTests
{
    [Fact]
    public void Lru_evicts_in_the_order_of_the_last_access()
    {
        var policy = new LruPolicy();
        CacheEntry[] entries = Add(policy, 4);
        policy.Accessed(entries[0]);
        policy.Accessed(entries[2]);
        policy.Accessed(entries[0]);
        Assert.Equal([1, 3, 2, 0], EvictAll(policy, entries));
    }

    [Fact]
    public void Fifo_evicts_in_the_order_of_arrival_whatever_is_accessed()
    {
        var policy = new FifoPolicy();
        CacheEntry[] entries = Add(policy, 4);
        policy.Accessed(entries[0]);
        policy.Accessed(entries[2]);
        Assert.Equal([0, 1, 2, 3], EvictAll(policy, entries));
    }

    [Fact]
    public void Lfu_evicts_by_frequency_and_then_by_the_last_access()
    {
        var policy = new LfuPolicy();
        CacheEntry[] entries = Add(policy, 5);
        foreach (int index in (int[])[0, 0, 0, 2, 1, 4, 4])
        {
            policy.Accessed(entries[index]);
        }

        // Frequencies 4, 2, 2, 1, 3; of entries 1 and 2, entry 2 was accessed first.
        Assert.Equal([3, 2, 1, 4, 0], EvictAll(policy, entries));
    }

    [Fact]
    public void Lfu_counts_each_entry_from_its_own_addition()
    {
        var policy = new LfuPolicy();
        CacheEntry[] entries = Add(policy, 2);
        policy.Accessed(entries[0]);
        policy.Accessed(entries[1]);
        policy.Removed(entries[0]);
        policy.EnsureRoomForOne();
        policy.Added(entries[0]);
        Assert.Same(entries[0], policy.NextVictim());
    }

    [Fact]
    public void An_access_and_an_eviction_allocate_nothing_under_any_policy()
    {
        foreach (ReplacementPolicy policy in (ReplacementPolicy[])[new LruPolicy(), new FifoPolicy(), new LfuPolicy(), new AdaptivePolicy(64, seed: 1)])
        {
            CacheEntry[] entries = Add(policy, 64);
            policy.Accessed(entries[0]); // compiled
            policy.Removed(policy.NextVictim());
            CacheEntry[] rest = [.. policy.CheckedEntries()];
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < rest.Length; i++)
            {
                // i accesses each: an LFU meets as many frequencies as there can be.
                for (int access = 0; access < i; access++)
                {
                    policy.Accessed(rest[i]);
                }
            }

            for (int i = 0; i < rest.Length; i++)
            {
                policy.Removed(policy.NextVictim());
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Empty(policy.CheckedEntries());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void Adaptive_keeps_its_regions_within_their_shares(int capacity)
    {
        var policy = new AdaptivePolicy(capacity, seed: 1);
        var live = new List<CacheEntry>();
        var random = new Random(1);
        for (int step = 0; step < 20 * capacity; step++)
        {
            if (live.Count == capacity)
            {
                CacheEntry victim = policy.NextVictim();
                policy.Removed(victim);
                Assert.True(live.Remove(victim));
            }

            var entry = new TestEntry((uint)random.Next());
            policy.EnsureRoomForOne();
            policy.Added(entry);
            live.Add(entry);
            policy.Accessed(live[random.Next(live.Count)]);
            if (random.Next(10) == 0)
            {
                int index = random.Next(live.Count);
                policy.Removed(live[index]);
                live.RemoveAt(index);
            }

            Assert.Equal(live.ToHashSet(), policy.CheckedEntries().ToHashSet());
        }
    }

    [Fact]
    public void Adaptive_keeps_the_frequent_through_a_scan()
    {
        const int capacity = 100;
        var policy = new AdaptivePolicy(capacity, seed: 1);
        CacheEntry[] entries = Add(policy, capacity);
        CacheEntry[] hot = entries[..50]; // the window holds the last ten
        for (int round = 0; round < 3; round++)
        {
            Array.ForEach(hot, policy.Accessed);
        }

        for (uint scanned = 1; scanned <= 1000; scanned++)
        {
            policy.Removed(policy.NextVictim());
            policy.EnsureRoomForOne();
            policy.Added(new TestEntry(scanned * 0x9E37_79B9));
        }

        HashSet<CacheEntry> left = [.. policy.CheckedEntries()];
        Assert.All(hot, entry => Assert.Contains(entry, left));
    }

    [Fact]
    public void Adaptive_finds_a_victim_even_when_every_entry_was_read()
    {
        const int capacity = 50;
        var policy = new AdaptivePolicy(capacity, seed: 1);
        CacheEntry[] entries = Add(policy, capacity);
        for (int i = 0; i < 10; i++)
        {
            Array.ForEach(entries, policy.Accessed);
        }

        CacheEntry victim = policy.NextVictim();
        policy.Removed(victim);
        Assert.Equal(entries.Except([victim]).ToHashSet(), policy.CheckedEntries().ToHashSet());
    }

    private static CacheEntry[] Add(ReplacementPolicy policy, int count)
    {
        CacheEntry[] entries = [.. Enumerable.Range(0, count).Select(i => new TestEntry((uint)i * 0x85EB_CA6B))];
        Array.ForEach(entries, entry =>
        {
            policy.EnsureRoomForOne();
            policy.Added(entry);
        });
        return entries;
    }

    private static List<int> EvictAll(ReplacementPolicy policy, CacheEntry[] entries)
    {
        var order = new List<int>();
        while (order.Count < entries.Length)
        {
            Assert.Equal(entries.Length - order.Count, policy.CheckedEntries().Count());
            CacheEntry victim = policy.NextVictim();
            policy.Removed(victim);
            order.Add(Array.IndexOf(entries, victim));
        }

        return order;
    }
}
