using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>The least that is needed around a policy to ask it for hashes: a table of entries and a bound on their number.</summary>
internal sealed class PolicyCache(ReplacementPolicy policy, int capacity, long maxWeight = long.MaxValue)
{
    private readonly Dictionary<uint, CacheEntry> _entries = [];
    private long _weight;

    public int Capacity { get; set; } = capacity;

    public ICollection<uint> Hashes => _entries.Keys;

    public long Weight => _weight;

    /// <summary>Requests a hash, which is in the cache from then on. Returns whether it was a hit.</summary>
    public bool Request(uint hash, long weight = 1)
    {
        if (_entries.TryGetValue(hash, out CacheEntry? known))
        {
            policy.Accessed(known);
            return true;
        }

        policy.EnsureRoomForOne();
        while (_entries.Count > 0 && (_entries.Count >= Capacity || _weight + weight > maxWeight))
        {
            Evict();
        }

        var entry = new TestEntry(hash, weight);
        _entries.Add(hash, entry);
        _weight += weight;
        policy.Added(entry);
        return false;
    }

    public void Evict() => Remove(policy.NextVictim());

    public void Remove(uint hash) => Remove(_entries[hash]);

    private void Remove(CacheEntry entry)
    {
        policy.Removed(entry);
        _weight -= entry.Weight;
        Assert.True(_entries.Remove(entry.Hash));
    }

    public void CheckIntegrity() => Assert.Equal(_entries.Values.ToHashSet(), policy.CheckedEntries().ToHashSet());
}
