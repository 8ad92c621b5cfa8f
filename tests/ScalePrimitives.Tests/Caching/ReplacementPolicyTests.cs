using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

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
        foreach (ReplacementPolicy policy in (ReplacementPolicy[])[new LruPolicy(), new FifoPolicy(), new LfuPolicy(), new AdaptivePolicy(64, seed: 1), new AdaptivePolicy(64, seed: 1, maxWeight: 100)])
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
                policy.Foresee();
                policy.Removed(policy.NextVictim());
            }

            Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Empty(policy.CheckedEntries());
        }
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
            CacheEntry? foreseen = policy.Foresee();
            CacheEntry victim = policy.NextVictim();
            Assert.Same(victim, foreseen);
            policy.Removed(victim);
            order.Add(Array.IndexOf(entries, victim));
        }

        Assert.Null(policy.Foresee());
        return order;
    }
}
