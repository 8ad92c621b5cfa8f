using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// The hash table from keys to nodes: chained buckets, a power of two of them, doubled when there are more nodes than
/// buckets. Lookups take no lock; everything else runs under the cache's.
/// </summary>
/// <remarks>
/// <para><b>A lookup never misses a key that is there.</b> A new node is linked behind the last of its bucket. A removed one
/// keeps its link, so that a reader that stands on it comes to those behind it; one that is replaced has its successor put
/// in its own position, not behind the last. Only growing and trimming move nodes from chain to chain: they count a version
/// up, and a reader that found nothing looks again when the version has changed.</para>
/// <para><b>Growing does not stop the world.</b> In a table of twice the size a bucket's nodes belong to two buckets. Both
/// begin with the same whole chain, which is right for lookups, if too long, and is unzipped into the two later: when a
/// writer comes to it, and two more at each addition, so that all are done long before the next doubling (Triplett,
/// McKenney and Walpole, "Resizable, Scalable, Concurrent Hash Tables via Relativistic Programming", 2011; a version takes
/// the place of their grace periods).</para>
/// <para>The node carries its hash, so that removing one never calls the key's comparer, which is user code and may throw.</para>
/// </remarks>
internal sealed partial class CacheTable<TKey, TValue>
    where TKey : notnull
{
    private readonly IEqualityComparer<TKey>? _comparer; // null for the default of a value type, which the JIT calls directly
    private Bucket[] _buckets = new Bucket[MinBuckets];
    private int _count;

    /// <param name="comparer">The comparer, or null for the default.</param>
    /// <param name="seed">Makes it unpredictable which keys share a bucket.</param>
    public CacheTable(IEqualityComparer<TKey>? comparer, ulong seed)
    {
        Comparer = comparer ?? EqualityComparer<TKey>.Default;
        _comparer = typeof(TKey).IsValueType && ReferenceEquals(Comparer, EqualityComparer<TKey>.Default) ? null : Comparer;
        _multiplier = Spread(seed) | 1;
        _secret = Spread(~seed);
    }

    public int Count => Volatile.Read(ref _count);

    public IEqualityComparer<TKey> Comparer { get; }

    /// <summary>Gets how many bytes the table holds besides the nodes; for tests.</summary>
    public long ReservedBytes => (long)_buckets.Length * IntPtr.Size;

    /// <summary>Gets a value indicating whether <see cref="FindOnce"/> ever finds a node: not for a value type with a comparer of its own.</summary>
    public bool CanFindOnce => !typeof(TKey).IsValueType || _comparer is null;

    /// <summary>Finds the node of a key, which is not null. That it finds none proves nothing: <see cref="Find(TKey, uint)"/> does.</summary>
    /// <remarks>The one path of which each instruction counts: the fewer there are, the more lookups the processor has under
    /// way. A value type with a comparer of its own is left to the other, so that this one calls nothing.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CacheNode<TKey, TValue>? FindOnce(TKey key)
    {
        if (typeof(TKey).IsValueType)
        {
            return _comparer is null ? FindByDefault(key, HashByDefault(key)) : null;
        }

        return FindByComparer(key, MixCode(_comparer!.GetHashCode(key)), _comparer);
    }

    /// <summary>Finds the node of a key, or proves that there is none.</summary>
    public CacheNode<TKey, TValue>? Find(TKey key, uint hash)
    {
        var spinner = default(SpinWait);
        while (true)
        {
            int version = Volatile.Read(ref _version); // before the chain, whatever the processor reorders
            CacheNode<TKey, TValue>? node = _comparer is null ? FindByDefault(key, hash) : FindByComparer(key, hash, _comparer);
            if (node is not null || IsUnchanged(version))
            {
                return node;
            }

            spinner.SpinOnce(sleep1Threshold: -1); // a move relinks one short chain
        }
    }

    /// <summary>Finds the node of a key by an alternate form of it.</summary>
    public CacheNode<TKey, TValue>? Find<TAlternate>(TAlternate key, uint hash, IAlternateEqualityComparer<TAlternate, TKey> comparer)
        where TAlternate : notnull, allows ref struct
    {
        var spinner = default(SpinWait);
        while (true)
        {
            int version = Volatile.Read(ref _version);
            CacheNode<TKey, TValue>? node = BucketOf(_buckets, hash).First;
            while (node is not null && !(node.Hash == hash && comparer.Equals(key, node.Key)))
            {
                node = node.NextInBucket;
            }

            if (node is not null || IsUnchanged(version))
            {
                return node;
            }

            spinner.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Asks the processor to fetch the bucket of a hash.</summary>
    public void Prefetch(uint hash) => Internal.Prefetch.Line(ref BucketOf(_buckets, hash));

    /// <summary>Adds a node whose key is not in the table, after <see cref="EnsureRoomForOne"/>.</summary>
    public void Add(CacheNode<TKey, TValue> node)
    {
        UnzipSome();

        // Behind the others, which have stayed longer and are more likely to be asked for: most hits are at the first node,
        // and the processor guesses right.
        Volatile.Write(ref EndOf(ref WritableBucketOf(node.Hash)), node); // after all that the node holds
        _count++;
    }

    /// <summary>Removes a node that is in the table.</summary>
    public void Remove(CacheNode<TKey, TValue> node)
    {
        LinkTo(node) = node.NextInBucket;
        _count--;
    }

    /// <summary>Puts a node in the position of one that is in the table, of an equal key.</summary>
    public void Replace(CacheNode<TKey, TValue> node, CacheNode<TKey, TValue> successor)
    {
        Debug.Assert(node.Hash == successor.Hash, "Equal keys have equal hashes.");
        ref CacheNode<TKey, TValue>? link = ref LinkTo(node);
        successor.NextInBucket = node.NextInBucket;
        Volatile.Write(ref link, successor);
    }

    /// <summary>Empties the table, in one step for readers, and gives its memory back.</summary>
    /// <returns>The nodes that it held.</returns>
    public CacheNode<TKey, TValue>[] Clear()
    {
        CacheNode<TKey, TValue>[] nodes = ToArray();
        var empty = new Bucket[MinBuckets];
        _nextZipped = MinBuckets / 2;
        _count = 0;
        Volatile.Write(ref _buckets, empty);
        return nodes;
    }

    /// <summary>Copies the nodes, in no particular order.</summary>
    public CacheNode<TKey, TValue>[] ToArray()
    {
        var nodes = new CacheNode<TKey, TValue>[_count];
        int count = 0;
        foreach (CacheNode<TKey, TValue> node in Nodes())
        {
            nodes[count++] = node;
        }

        Debug.Assert(count == _count, "The chains hold as many nodes as counted.");
        return nodes;
    }

    /// <summary>Checks chains, count and hashes; for tests.</summary>
    /// <exception cref="InvalidOperationException">A node is where a lookup does not find it, or the count is wrong.</exception>
    public void CheckIntegrity()
    {
        int count = 0;
        foreach (CacheNode<TKey, TValue> node in Nodes())
        {
            Integrity.Require(++count <= _count, "the table holds no more nodes than it counts");
            Integrity.Require(node.Hash == HashOf(node.Key), "a node carries its key's hash");
            Integrity.Require(ReferenceEquals(Find(node.Key, node.Hash), node), "a lookup finds each node");
            Integrity.Require(!node.IsDead, "the table holds no dead node");
        }

        Integrity.Require(count == _count, "the table holds as many nodes as it counts");
        Integrity.Require((_version & 1) == 0, "no move is left unfinished");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref Bucket BucketOf(Bucket[] buckets, uint hash) => ref buckets[hash & (uint)(buckets.Length - 1)];

    private static ref CacheNode<TKey, TValue>? EndOf(ref Bucket bucket)
    {
        ref CacheNode<TKey, TValue>? end = ref bucket.First;
        while (end is not null)
        {
            end = ref end.NextInBucket;
        }

        return ref end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CacheNode<TKey, TValue>? FindByDefault(TKey key, uint hash)
    {
        CacheNode<TKey, TValue>? node = BucketOf(_buckets, hash).First;
        while (node is not null && !AreEqual(node.Key, key))
        {
            node = node.NextInBucket;
        }

        return node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CacheNode<TKey, TValue>? FindByComparer(TKey key, uint hash, IEqualityComparer<TKey> comparer)
    {
        CacheNode<TKey, TValue>? node = BucketOf(_buckets, hash).First;
        while (node is not null && !(node.Hash == hash && comparer.Equals(node.Key, key)))
        {
            node = node.NextInBucket;
        }

        return node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsUnchanged(int version)
    {
        Volatile.ReadBarrier(); // the chain was read before the version is
        return version == _version && (version & 1) == 0;
    }

    private ref CacheNode<TKey, TValue>? LinkTo(CacheNode<TKey, TValue> node)
    {
        ref CacheNode<TKey, TValue>? link = ref WritableBucketOf(node.Hash).First;
        while (!ReferenceEquals(link, node))
        {
            link = ref link!.NextInBucket;
        }

        return ref link;
    }

    private IEnumerable<CacheNode<TKey, TValue>> Nodes()
    {
        Bucket[] buckets = _buckets;
        for (int i = 0; i < buckets.Length; i++)
        {
            int lower = i - (buckets.Length / 2);
            if (lower >= 0 && ReferenceEquals(buckets[i].First, buckets[lower].First))
            {
                continue; // one chain, not unzipped yet
            }

            for (CacheNode<TKey, TValue>? node = buckets[i].First; node is not null; node = node.NextInBucket)
            {
                yield return node;
            }
        }
    }

    // A structure, because storing into an array of references checks the type of the array.
    private struct Bucket
    {
        public CacheNode<TKey, TValue>? First;
    }
}
