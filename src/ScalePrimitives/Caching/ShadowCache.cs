using System.Diagnostics;
using System.Numerics;

namespace ScalePrimitives.Caching;

/// <summary>
/// A miniature of the cache under <see cref="AdaptivePolicy"/> with a window of fixed share, which holds hashes instead of
/// entries: what a sample of the keys would hit in a cache with that window (Waldspurger, Saemundsson, Ahmad and Park,
/// "Cache Modeling and Optimization using Miniature Simulations", ATC 2017). Not thread-safe; allocates nothing once built.
/// </summary>
/// <remarks>
/// Nothing is ever removed from it but by its own eviction, so both regions are rings in one array: the window in front,
/// and the main region behind, each a CLOCK as it is in the textbook.
/// About 9 bytes for each hash it holds.
/// </remarks>
internal sealed class ShadowCache
{
    /// <summary>The most hashes one can hold.</summary>
    public const int MaxCapacity = 256;

    private const short None = -1;

    private readonly FrequencySketch _sketch;
    private readonly uint[] _hashes;
    private readonly byte[] _frequencies;
    private readonly short[] _buckets; // the first slot of each chain
    private readonly short[] _nextInBucket;
    private Ring _window;
    private Ring _main;

    /// <param name="capacity">How many hashes it holds: 1 to <see cref="MaxCapacity"/>.</param>
    /// <param name="windowShare">The window's share of the capacity, from 0 to 1; the window holds one hash at least.</param>
    /// <param name="sketch">Estimates the frequencies; only read.</param>
    public ShadowCache(int capacity, double windowShare, FrequencySketch sketch)
    {
        Debug.Assert(capacity is >= 1 and <= MaxCapacity, "A slot's index fits in a short.");
        _sketch = sketch;
        _hashes = new uint[capacity];
        _frequencies = new byte[capacity];
        _nextInBucket = new short[capacity];
        _buckets = new short[BitOperations.RoundUpToPowerOf2((uint)capacity)];
        Array.Fill(_buckets, None);
        _window = new Ring { First = 0, Capacity = AdaptivePolicy.WindowOf(capacity, windowShare) };
        _main = new Ring { First = _window.Capacity, Capacity = capacity - _window.Capacity };
    }

    /// <summary>Gets how many hashes the window holds at most.</summary>
    public int WindowCapacity => _window.Capacity;

    /// <summary>Requests a hash, which is in the cache from then on.</summary>
    /// <returns>Whether it was in the cache before.</returns>
    public bool Access(uint hash)
    {
        for (int slot = BucketOf(hash); slot != None; slot = _nextInBucket[slot])
        {
            if (_hashes[slot] == hash)
            {
                if (_frequencies[slot] < CacheEntry.MaxFrequency)
                {
                    _frequencies[slot]++;
                }

                return true;
            }
        }

        int newest;
        if (_window.IsFull)
        {
            PassHand(ref _window, AdaptivePolicy.MaxWindowSteps);
            newest = _window.Hand;
            MakeRoomInWindow(newest);
            _window.Advance();
        }
        else
        {
            newest = _window.Take();
        }

        Put(newest, hash, frequency: 0);
        return false;
    }

    // The same contest as in AdaptivePolicy.NextVictim.
    private void MakeRoomInWindow(int candidate)
    {
        (uint hash, byte frequency) = (_hashes[candidate], _frequencies[candidate]);
        Unlink(candidate);
        if (!_main.IsFull)
        {
            Put(_main.Take(), hash, frequency);
        }
        else if (_main.Capacity > 0)
        {
            PassHand(ref _main, AdaptivePolicy.MaxHandSteps);

            // The reads of the candidate may not have reached the sketch, which counts what the real cache does.
            int victim = _main.Hand;
            if (AdaptivePolicy.Wins(_sketch.Estimate(hash) + frequency, _sketch.Estimate(_hashes[victim]), wasRead: frequency > 0))
            {
                Unlink(victim);
                Put(victim, hash, frequency: 0);
                _main.Advance();
            }
        }
    }

    private void PassHand(ref Ring ring, int maxSteps)
    {
        for (int steps = 0; _frequencies[ring.Hand] > 0 && steps < maxSteps; steps++)
        {
            _frequencies[ring.Hand]--;
            ring.Advance();
        }
    }

    private void Put(int slot, uint hash, byte frequency)
    {
        _hashes[slot] = hash;
        _frequencies[slot] = frequency;
        ref short bucket = ref BucketOf(hash);
        _nextInBucket[slot] = bucket;
        bucket = (short)slot;
    }

    private void Unlink(int slot)
    {
        ref short link = ref BucketOf(_hashes[slot]);
        while (link != slot)
        {
            link = ref _nextInBucket[link];
        }

        link = _nextInBucket[slot];
    }

    // Mixed again: of keys in a row a sample is a progression, which may have low bits in common.
    private ref short BucketOf(uint hash) => ref _buckets[((hash * 0x9E37_79B9) >> 16) & (uint)(_buckets.Length - 1)];

    private struct Ring
    {
        public int First;
        public int Capacity;
        private int _count;
        private int _hand;

        public readonly bool IsFull => _count == Capacity;

        public readonly int Hand => First + _hand;

        public int Take() => First + _count++;

        public void Advance() => _hand = _hand + 1 == Capacity ? 0 : _hand + 1;
    }
}
