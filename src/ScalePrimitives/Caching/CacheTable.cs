using System.Diagnostics;

namespace ScalePrimitives.Caching;

/// <summary>
/// The hash table from keys to nodes: chained buckets, a power of two of them, doubled when there are more nodes than
/// buckets. The node carries its hash, so removing one never calls the key's comparer, which is user code and may throw.
/// Not thread-safe: the cache's lock guards it.
/// </summary>
internal sealed class CacheTable<TKey, TValue>(IEqualityComparer<TKey>? comparer)
    where TKey : notnull
{
    private const int MinBuckets = 16;
    private const int MaxBuckets = 1 << 30;

    private readonly IEqualityComparer<TKey> _comparer = comparer ?? EqualityComparer<TKey>.Default;
    private CacheNode<TKey, TValue>?[] _buckets = new CacheNode<TKey, TValue>?[MinBuckets];

    public int Count { get; private set; }

    public IEqualityComparer<TKey> Comparer => _comparer;

    /// <summary>Hashes a key so that every bit of the result depends on the whole hash code.</summary>
    public uint HashOf(TKey key)
    {
        // The finaliser of MurmurHash3, a bijection. Bare hash codes of numbers are the numbers: ids with a constant low
        // part or a stride of a power of two would share a few buckets.
        uint hash = (uint)_comparer.GetHashCode(key);
        hash = (hash ^ (hash >> 16)) * 0x85EB_CA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2_AE35;
        return hash ^ (hash >> 16);
    }

    public CacheNode<TKey, TValue>? Find(TKey key, uint hash)
    {
        CacheNode<TKey, TValue>? node = BucketOf(hash);
        while (node is not null && !(node.Hash == hash && _comparer.Equals(node.Key, key)))
        {
            node = node.NextInBucket;
        }

        return node;
    }

    /// <summary>Adds a node whose key is not in the table.</summary>
    public void Add(CacheNode<TKey, TValue> node)
    {
        if (Count == _buckets.Length && _buckets.Length < MaxBuckets)
        {
            Grow();
        }

        ref CacheNode<TKey, TValue>? bucket = ref BucketOf(node.Hash);
        node.NextInBucket = bucket;
        bucket = node;
        Count++;
    }

    /// <summary>Removes a node that is in the table.</summary>
    public void Remove(CacheNode<TKey, TValue> node)
    {
        ref CacheNode<TKey, TValue>? bucket = ref BucketOf(node.Hash);
        if (ReferenceEquals(bucket, node))
        {
            bucket = node.NextInBucket;
        }
        else
        {
            CacheNode<TKey, TValue> before = bucket!;
            while (!ReferenceEquals(before.NextInBucket, node))
            {
                before = before.NextInBucket!;
            }

            before.NextInBucket = node.NextInBucket;
        }

        node.NextInBucket = null;
        Count--;
    }

    /// <summary>Copies the nodes, in no particular order.</summary>
    public CacheNode<TKey, TValue>[] ToArray()
    {
        var nodes = new CacheNode<TKey, TValue>[Count];
        int count = 0;
        foreach (CacheNode<TKey, TValue>? first in _buckets)
        {
            for (CacheNode<TKey, TValue>? node = first; node is not null; node = node.NextInBucket)
            {
                nodes[count++] = node;
            }
        }

        Debug.Assert(count == Count, "The chains hold as many nodes as counted.");
        return nodes;
    }

    /// <summary>Checks chains, count and hashes; for tests.</summary>
    /// <exception cref="InvalidOperationException">A node is where a lookup does not find it, or the count is wrong.</exception>
    public void CheckIntegrity()
    {
        int count = 0;
        foreach (CacheNode<TKey, TValue>? first in _buckets)
        {
            for (CacheNode<TKey, TValue>? node = first; node is not null; node = node.NextInBucket)
            {
                Integrity.Require(++count <= Count, "the table holds no more nodes than it counts");
                Integrity.Require(node.Hash == HashOf(node.Key), "a node carries its key's hash");
                Integrity.Require(ReferenceEquals(Find(node.Key, node.Hash), node), "a lookup finds each node");
                Integrity.Require(!node.IsDead, "the table holds no dead node");
            }
        }

        Integrity.Require(count == Count, "the table holds as many nodes as it counts");
    }

    private ref CacheNode<TKey, TValue>? BucketOf(uint hash) => ref _buckets[hash & (uint)(_buckets.Length - 1)];

    private void Grow()
    {
        CacheNode<TKey, TValue>?[] old = _buckets;
        _buckets = new CacheNode<TKey, TValue>?[old.Length * 2];
        foreach (CacheNode<TKey, TValue>? first in old)
        {
            CacheNode<TKey, TValue>? node = first;
            while (node is not null)
            {
                CacheNode<TKey, TValue>? next = node.NextInBucket;
                ref CacheNode<TKey, TValue>? bucket = ref BucketOf(node.Hash);
                node.NextInBucket = bucket;
                bucket = node;
                node = next;
            }
        }
    }
}
