using System.Diagnostics;

namespace ScalePrimitives.Caching;

/// <summary>
/// Simulates a cache of any capacity by one of at most a few thousand entries: of the keys it takes in the same share as the
/// capacity is scaled down by, chosen by their hash, so that of a chosen key it sees every request (Waldspurger, Saemundsson,
/// Ahmad and Park, "Cache Modeling and Optimization using Miniature Simulations", 2017). A capacity that needs no scaling
/// down is simulated as it is. It holds hashes for keys, and no values. Not thread-safe.
/// </summary>
internal sealed class MiniatureCache
{
    private readonly int _capacity;
    private readonly int _entryCapacity;
    private readonly ReplacementPolicy _policy;
    private readonly Dictionary<ulong, Entry> _entries = [];
    private long _sampledRequests;
    private long _hits;

    // Summed over every stay of a key in the cache: the square of its requests, and its requests times its hits.
    private long _requestsSquared;
    private long _requestsTimesHits;

    /// <param name="capacity">How many entries the simulated cache holds, from 1.</param>
    /// <param name="policy">The policy of both caches.</param>
    /// <param name="maxEntryCount">How many entries the miniature may hold, from 1.</param>
    /// <param name="seed">The seed of the policy's random choices.</param>
    public MiniatureCache(int capacity, EvictionPolicy policy, int maxEntryCount, ulong seed)
    {
        _capacity = capacity;
        _entryCapacity = Math.Min(capacity, maxEntryCount);
        HighestHash = IsWhole ? ulong.MaxValue : (ulong)(((UInt128)maxEntryCount << 64) / (uint)capacity) - 1;
        _policy = policy switch
        {
            EvictionPolicy.Lru => new LruPolicy(),
            EvictionPolicy.Lfu => new LfuPolicy(),
            EvictionPolicy.Fifo => new FifoPolicy(),
            _ => new AdaptivePolicy(_entryCapacity, seed),
        };
    }

    /// <summary>Gets the highest hash of a key that is simulated.</summary>
    public ulong HighestHash { get; }

    private bool IsWhole => _entryCapacity == _capacity;

    /// <summary>Simulates a request for a key whose hash is at most <see cref="HighestHash"/>.</summary>
    public void Record(ulong hash)
    {
        Debug.Assert(hash <= HighestHash, "The key is one of the sample.");
        _sampledRequests++;
        if (_entries.TryGetValue(hash, out Entry? entry))
        {
            _hits++;
            _policy.Accessed(entry);
            _requestsTimesHits += entry.Requests + entry.Hits + 1; // (r + 1)(h + 1) - rh
            entry.Hits++;
        }
        else
        {
            entry = Add(hash);
        }

        _requestsSquared += (2 * entry.Requests) + 1; // (r + 1)² - r²
        entry.Requests++;
    }

    /// <summary>Estimates the hit ratio since the construction or the last <see cref="ResetCounts"/>.</summary>
    /// <param name="requests">How many requests there were meanwhile, those outside the sample included.</param>
    /// <remarks>
    /// Whether the few hottest keys are in the sample decides most of its error, and shows in how far the number of sampled
    /// requests is off its expectation. What is off is taken to hit as often as its keys do, which are likely those of many
    /// requests: by the slope of the regression of a key's hits on its requests. (A slope of 1 is the adjustment of SHARDS:
    /// Waldspurger, Park, Garthwaite and Ahmad, "Efficient MRC Construction with SHARDS", 2015.) It errs where nothing
    /// hits, as on a loop too long for the cache; there the slope is 0.
    /// </remarks>
    public HitRatioEstimate Estimate(long requests)
    {
        if (_sampledRequests == 0)
        {
            return new HitRatioEstimate(_capacity, HitRatio: null, SampledRequests: 0);
        }

        // Not by the requests: where nothing is estimated, those counted at this moment but not yet simulated would show.
        if (IsWhole)
        {
            return new HitRatioEstimate(_capacity, (double)_hits / _sampledRequests, _sampledRequests);
        }

        // A request counted before a reset may be simulated after it.
        double expectedRequests = (double)Math.Max(requests, _sampledRequests) * _entryCapacity / _capacity;
        double slope = (double)_requestsTimesHits / _requestsSquared;
        double hits = _hits + (slope * (expectedRequests - _sampledRequests));
        return new HitRatioEstimate(_capacity, Math.Clamp(hits / expectedRequests, 0, 1), _sampledRequests);
    }

    /// <summary>Begins to count anew; the content stays. O(entries).</summary>
    public void ResetCounts()
    {
        _sampledRequests = _hits = _requestsSquared = _requestsTimesHits = 0;
        foreach (Entry entry in _entries.Values)
        {
            entry.Requests = entry.Hits = 0;
        }
    }

    /// <summary>Checks that table, policy and bound agree; for tests.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    public void CheckIntegrity()
    {
        Integrity.Require(_entries.Count <= _entryCapacity, "a miniature holds no more entries than its capacity");
        HashSet<CacheEntry> known = [.. _policy.CheckedEntries()];
        Integrity.Require(known.SetEquals(_entries.Values), "the policy knows exactly the entries of the table");
        Integrity.Require(_entries.All(pair => pair.Key == pair.Value.KeyHash && pair.Key <= HighestHash), "each entry is of the sample, under its hash");
    }

    private Entry Add(ulong hash)
    {
        if (_entries.Count == _entryCapacity)
        {
            var victim = (Entry)_policy.NextVictim();
            _policy.Removed(victim);
            _entries.Remove(victim.KeyHash);
        }

        var entry = new Entry(hash);
        _entries.Add(hash, entry);
        _policy.EnsureRoomForOne();
        _policy.Added(entry);
        return entry;
    }

    // To the policy its low half: the high bits of all that a sample holds are alike.
    private sealed class Entry(ulong keyHash) : CacheEntry((uint)keyHash)
    {
        private int _frequencyList;

        public ulong KeyHash { get; } = keyHash;

        /// <summary>Gets or sets the requests since the entry came in or the counts were reset.</summary>
        public long Requests { get; set; }

        /// <summary>Gets or sets those of <see cref="Requests"/> that hit.</summary>
        public long Hits { get; set; }

        public override ref int FrequencyList => ref _frequencyList;
    }
}
