using System.Collections;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <content>What looks at the cache as a whole.</content>
public sealed partial class Cache<TKey, TValue>
{
    /// <summary>Gets what the cache has counted so far; available after disposal too. Exact when no call is in progress.</summary>
    public CacheStatistics Statistics
    {
        get
        {
            using (_gate.EnterScope())
            {
                return new CacheStatistics
                {
                    Hits = _hits?.Sum,
                    Misses = _misses.Sum,
                    Loads = _loads,
                    LoadFailures = _loadFailures,
                    Evictions = _evictions,
                };
            }
        }
    }

    /// <summary>Changes how many entries the cache holds at most; those over it leave at once, as the policy chooses, and their memory is given back.</summary>
    /// <remarks>A smaller capacity takes O(n) under the lock.</remarks>
    /// <param name="capacity">1 to <see cref="int.MaxValue"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is below 1.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public void Resize(int capacity)
    {
        Guard.InRange(capacity, 1, int.MaxValue);
        Rebound(capacity, maxWeight: null);
    }

    /// <summary>Changes both bounds of a cache whose entries weigh; see <see cref="Resize(int)"/>.</summary>
    /// <param name="capacity">How many entries it holds at most: 1 to <see cref="int.MaxValue"/>.</param>
    /// <param name="maxWeight">How much they weigh together at most: 1 to 2^62 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The cache has no weigher.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public void Resize(int capacity, long maxWeight)
    {
        Guard.InRange(capacity, 1, int.MaxValue);
        Guard.InRange(maxWeight, 1, CacheOptions<TKey, TValue>.MaxMaxWeight);
        if (!_terms.AreWeighed)
        {
            throw new InvalidOperationException("The cache has no weigher, and so no weight to bound.");
        }

        Rebound(capacity, maxWeight);
    }

    /// <summary>Lists the entries that the policy would keep longest, the hottest first. Untracked.</summary>
    /// <remarks>Exact for <see cref="EvictionPolicy.Lru"/>, <see cref="EvictionPolicy.Lfu"/> and <see cref="EvictionPolicy.Fifo"/>;
    /// under <see cref="EvictionPolicy.Adaptive"/> by the frequency it estimates. Save such a list to warm up the next process.</remarks>
    /// <param name="count">How many at most, from 0.</param>
    /// <returns>A copy: the entries as they are at this call.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 0.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public IReadOnlyList<KeyValuePair<TKey, TValue>> Hottest(int count) => Ranked(count, hottestFirst: true);

    /// <summary>Lists the entries that the policy would evict first, the coldest first; see <see cref="Hottest"/>.</summary>
    /// <param name="count">How many at most, from 0.</param>
    /// <returns>A copy: the entries as they are at this call.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 0.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public IReadOnlyList<KeyValuePair<TKey, TValue>> Coldest(int count) => Ranked(count, hottestFirst: false);

    /// <summary>
    /// Enumerates a copy of the entries, taken at this call: which are there is of one instant, each value of an instant
    /// during it. In no set order, untracked, without the expired ones. O(n) time and memory.
    /// </summary>
    /// <returns>An enumerator over the copy.</returns>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() =>
        LiveNodes().Select(EntryOf).ToArray().AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static KeyValuePair<TKey, TValue> EntryOf(CacheNode<TKey, TValue> node) => new(node.Key, node.Value);

    // A value that is replaced or dies afterwards stays in its node as it was.
    private IEnumerable<CacheNode<TKey, TValue>> LiveNodes()
    {
        long now = NowIfTimed();
        CacheNode<TKey, TValue>[] nodes;
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            nodes = _table.ToArray();
        }

        return nodes.Where(node => !IsExpired(node, now));
    }

    private List<KeyValuePair<TKey, TValue>> Ranked(int count, bool hottestFirst)
    {
        Guard.InRange(count, 0, int.MaxValue);
        long now = NowIfTimed();
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            _reads?.Replay();
            return [.. (hottestFirst ? _policy.HottestFirst() : _policy.ColdestFirst())
                .Cast<CacheNode<TKey, TValue>>()
                .Where(node => !IsExpired(node, now))
                .Take(count)
                .Select(EntryOf)];
        }
    }

    private void Rebound(int capacity, long? maxWeight)
    {
        long now = NowIfTimed();
        var removals = new Removals<TKey, TValue>(_reports);
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            CatchUp(now, ref removals);
            _capacity = capacity;
            _maxWeight = maxWeight ?? _maxWeight;
            _policy.Resize(_capacity, _maxWeight);
            MakeRoom(now, ref removals);
            _table.Trim();
            _policy.Trim();
        }

        removals.Report();
    }
}
