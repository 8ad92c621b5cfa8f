namespace ScalePrimitives.Caching;

/// <summary>A cached key with its value, and all that table and policy note about it: one object an entry.</summary>
internal class CacheNode<TKey, TValue>(uint hash, TKey key, TValue value) : CacheEntry(hash)
    where TKey : notnull
{
    public TKey Key { get; } = key;

    public TValue Value { get; set; } = value;

    /// <summary>Gets or sets the next node in the same bucket of the table.</summary>
    public CacheNode<TKey, TValue>? NextInBucket { get; set; }

    /// <summary>Gets or sets a value indicating whether the entry has left the cache; it never comes back.</summary>
    public bool IsDead { get; set; }
}
