using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// Says what share of the requests a cache of other capacities would hit: a quarter, half, the same, two, four and eight
/// times that of the cache in question, so that its size can be chosen by what it gains. It is told every request beside the
/// cache and holds no values. All members are thread-safe.
/// </summary>
/// <remarks>
/// <para>Each capacity is simulated by the eviction policy itself. Up to 2,048 entries are simulated whole: there the ratio
/// is that of a real cache, hit for hit, unless the policy makes random choices. A larger one is simulated by 2,048 entries
/// that take in a share of the keys, chosen by hash (sampled mini-simulations: Waldspurger, Saemundsson, Ahmad and Park,
/// "Cache Modeling and Optimization using Miniature Simulations", 2017).</para>
/// <para><b>What counts</b>: every request since the construction or the last <see cref="Reset"/> as a hit or a miss, the first
/// one of a key as a miss. That is the <see cref="CacheStatistics.HitRatio"/> of a cache which was empty at the construction
/// and to which each missed key was added at once. Weights, expiry and removals are not simulated.</para>
/// <para><b>Cost</b>: at most six times 2,048 small entries, about 2 MB, whatever the capacity, and less while few keys were seen. A
/// request outside the sample is hashed, counted and compared with a threshold; it takes no lock and allocates nothing. One
/// of the sample takes a lock and is O(1) for each simulation that takes its key in. Of N entries, 8,192 / N
/// of the keys are in the sample: of small caches all, so that every request takes the lock.</para>
/// </remarks>
/// <typeparam name="TKey">The type of the keys.</typeparam>
public sealed class HitRatioEstimator<TKey>
    where TKey : notnull
{
    private const int MaxEntryCount = 2048;
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private readonly Lock _gate = new();
    private readonly IEqualityComparer<TKey>? _keyComparer; // null is the default one: calls of it can be inlined then
    private readonly ulong _seed;
    private readonly MiniatureCache[] _miniatures; // by rising capacity; each takes in only keys that the one before does
    private readonly ulong _highestHash;
    private readonly StripedCounter _requests = new();
    private long _requestsBeforeReset;

    /// <summary>Initializes an estimator whose simulated caches are empty.</summary>
    /// <param name="capacity">The capacity to start from: 1 to <see cref="int.MaxValue"/>.</param>
    /// <param name="policy">The eviction policy of all the caches.</param>
    /// <param name="keyComparer">How keys are hashed and told apart, as for the cache; null is <see cref="EqualityComparer{T}.Default"/>.
    /// Keys whose hash codes are equal count as one, but for <see cref="long"/> and <see cref="ulong"/> hashed by default.</param>
    /// <param name="seed">Decides which keys are sampled, and the random choices of <see cref="EvictionPolicy.Adaptive"/>; null is a seed from
    /// the operating system's secure random number generator. For a repeatable run, hash codes must be repeatable too: those of text are not, by default.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is below 1, or <paramref name="policy"/> is none of the named ones.</exception>
    public HitRatioEstimator(int capacity, EvictionPolicy policy = EvictionPolicy.Adaptive, IEqualityComparer<TKey>? keyComparer = null, ulong? seed = null)
    {
        Capacity = Guard.InRange(capacity, 1, int.MaxValue);
        Policy = Guard.Defined(policy);
        _keyComparer = keyComparer;

        // Mixed itself, because 0 mixes to 0: with a small seed one of the small keys would be in every sample.
        _seed = Mix(Multiplier + (seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)))));
        long[] capacities = [capacity / 4, capacity / 2, capacity, capacity * 2L, capacity * 4L, capacity * 8L];
        _miniatures = [.. capacities
            .Select(scaled => (int)Math.Clamp(scaled, 1, int.MaxValue))
            .Distinct()
            .Select(scaled => new MiniatureCache(scaled, policy, MaxEntryCount, _seed))];
        _highestHash = _miniatures[0].HighestHash;
    }

    /// <summary>Gets the capacity to start from.</summary>
    public int Capacity { get; }

    /// <summary>Gets the eviction policy of the simulated caches.</summary>
    public EvictionPolicy Policy { get; }

    /// <summary>Gets the estimates as they are now, by rising capacity: of a quarter, half, one, two, four and eight times
    /// <see cref="Capacity"/>, each rounded down, at least 1 and at most <see cref="int.MaxValue"/>, and none twice. A copy.</summary>
    public IReadOnlyList<HitRatioEstimate> Estimates
    {
        get
        {
            lock (_gate)
            {
                long requests = _requests.Sum - _requestsBeforeReset;
                return Array.ConvertAll(_miniatures, miniature => miniature.Estimate(requests));
            }
        }
    }

    /// <summary>Simulates a request for a key, whether the real cache has it or not.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public void Record(TKey key)
    {
        ulong hash = HashOf(key);
        _requests.Increment();
        if (hash <= _highestHash)
        {
            RecordSampled(hash);
        }
    }

    /// <summary>
    /// Begins to count anew, with the simulated caches as full as they are. So the ratio of a moving load is had for each
    /// period, and after a first reset without the misses of caches that fill. O(entries simulated).
    /// </summary>
    public void Reset()
    {
        lock (_gate)
        {
            _requestsBeforeReset = _requests.Sum;
            Array.ForEach(_miniatures, miniature => miniature.ResetCounts());
        }
    }

    /// <summary>Checks every simulation; for tests.</summary>
    /// <exception cref="InvalidOperationException">One of them is broken.</exception>
    internal void CheckIntegrity()
    {
        lock (_gate)
        {
            Array.ForEach(_miniatures, miniature => miniature.CheckIntegrity());
        }
    }

    private void RecordSampled(ulong hash)
    {
        lock (_gate)
        {
            foreach (MiniatureCache miniature in _miniatures)
            {
                if (hash > miniature.HighestHash)
                {
                    return;
                }

                miniature.Record(hash);
            }
        }
    }

    // Uniform over 64 bits, because the sample goes by the high ones and is exact to one key in many millions.
    private ulong HashOf(TKey key)
    {
        if (!typeof(TKey).IsValueType) // comparing a struct with null boxes it where the code is not optimised
        {
            ArgumentNullException.ThrowIfNull(key);
        }

        ulong bits;
        if (_keyComparer is { } comparer)
        {
            bits = (uint)comparer.GetHashCode(key);
        }
        else if (typeof(TKey) == typeof(long) || typeof(TKey) == typeof(ulong))
        {
            bits = Unsafe.BitCast<TKey, ulong>(key); // their hash codes have only 32 bits
        }
        else
        {
            bits = (uint)EqualityComparer<TKey>.Default.GetHashCode(key);
        }

        return Mix(bits ^ _seed);
    }

    // A bijection. Multiplying and folding, three times: every bit of the result depends on every bit of the input.
    private static ulong Mix(ulong bits)
    {
        ulong hash = bits * Multiplier;
        hash = (hash ^ (hash >> 32)) * 0xD6E8_FEB8_6659_FD93;
        hash = (hash ^ (hash >> 32)) * 0xD6E8_FEB8_6659_FD93;
        return hash ^ (hash >> 32);
    }
}
