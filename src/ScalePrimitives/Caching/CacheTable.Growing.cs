using System.Diagnostics;
using System.Numerics;

namespace ScalePrimitives.Caching;

/// <content>How the table gets larger and smaller while readers follow it.</content>
internal sealed partial class CacheTable<TKey, TValue>
{
    private const int MinBuckets = 16;
    private const int MaxBuckets = 1 << 30;
    private const int UnzippedPerAddition = 2;

    private int _version; // odd while nodes move between chains
    private int _nextZipped = MinBuckets / 2; // the buckets from here to half of them may still share their chain with the upper half

    /// <summary>Makes room for one more node, all that can fail for want of memory.</summary>
    public void EnsureRoomForOne()
    {
        if (_count == _buckets.Length && _buckets.Length < MaxBuckets)
        {
            Grow();
        }
    }

    /// <summary>Gives memory back when most of it is not needed any more. Readers go on meanwhile. O(memory held before).</summary>
    public void Trim()
    {
        int needed = Math.Max(MinBuckets, (int)BitOperations.RoundUpToPowerOf2((uint)_count));
        Bucket[] old = _buckets;
        if (needed >= old.Length / 2)
        {
            return;
        }

        var buckets = new Bucket[needed];
        for (; _nextZipped < old.Length / 2; _nextZipped++)
        {
            Unzip(old, _nextZipped);
        }

        // The chains of one new bucket are strung together. A reader of an old one finds all that it looks for, and then more.
        for (int i = 0; i < old.Length; i++)
        {
            if (old[i].First is { } first)
            {
                EndOf(ref buckets[i & (needed - 1)]) = first;
            }
        }

        _nextZipped = needed / 2;
        Volatile.Write(ref _buckets, buckets);
        Volatile.Write(ref _version, _version + 2); // what is added from now on no reader of the old buckets may find
    }

    private void UnzipSome()
    {
        Bucket[] buckets = _buckets;
        for (int i = 0; i < UnzippedPerAddition && _nextZipped < buckets.Length / 2; i++)
        {
            Unzip(buckets, _nextZipped++);
        }
    }

    // A writer works on a chain only when it belongs to one bucket: else a link could be missing from the other.
    private ref Bucket WritableBucketOf(uint hash)
    {
        Bucket[] buckets = _buckets;
        int index = (int)(hash & (uint)(buckets.Length - 1));
        int lower = index & ((buckets.Length / 2) - 1);
        if (lower >= _nextZipped)
        {
            Unzip(buckets, lower);
        }

        return ref buckets[index];
    }

    private void Grow()
    {
        Debug.Assert(_nextZipped == _buckets.Length / 2, "As many additions as doubled the count have unzipped all chains.");
        Bucket[] old = _buckets;
        var doubled = new Bucket[old.Length * 2];
        old.CopyTo(doubled, 0);
        old.CopyTo(doubled, old.Length);
        _nextZipped = 0;
        Volatile.Write(ref _buckets, doubled);
    }

    private void Unzip(Bucket[] buckets, int lower)
    {
        int upper = lower + (buckets.Length / 2);
        CacheNode<TKey, TValue>? node = buckets[lower].First;
        if (node is null || !ReferenceEquals(node, buckets[upper].First))
        {
            return; // unzipped, for two chains without a common node begin differently
        }

        _version++;
        Volatile.WriteBarrier(); // before the first link changes
        ref CacheNode<TKey, TValue>? lowerEnd = ref buckets[lower].First;
        ref CacheNode<TKey, TValue>? upperEnd = ref buckets[upper].First;
        while (node is not null)
        {
            // Links lead to nodes further back only, so that a reader in the middle of it comes to an end.
            if ((node.Hash & (uint)(buckets.Length / 2)) == 0)
            {
                lowerEnd = node;
                lowerEnd = ref node.NextInBucket;
            }
            else
            {
                upperEnd = node;
                upperEnd = ref node.NextInBucket;
            }

            node = node.NextInBucket;
        }

        lowerEnd = null;
        upperEnd = null;
        Volatile.Write(ref _version, _version + 1); // after the last
    }
}
