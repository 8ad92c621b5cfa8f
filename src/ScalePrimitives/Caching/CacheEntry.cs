namespace ScalePrimitives.Caching;

/// <summary>
/// What a replacement policy knows of a cached entry: its hash, its place in the policy's lists and how often it was read.
/// It never sees the key or the value, which the node derived from it holds. Not thread-safe: the policy's lock guards it.
/// </summary>
internal class CacheEntry(uint hash)
{
    /// <summary>Gets the key's hash, already mixed: every bit depends on the whole hash code.</summary>
    public uint Hash { get; } = hash;

    /// <summary>Gets or sets the neighbour that is older in the list that holds the entry; null while no list holds it.</summary>
    public CacheEntry? Older { get; set; }

    /// <summary>Gets or sets the neighbour that is newer in the list that holds the entry; null while no list holds it.</summary>
    public CacheEntry? Newer { get; set; }

    /// <summary>Gets or sets which of the policy's lists holds the entry; its meaning is the policy's own.</summary>
    public int List { get; set; }

    /// <summary>Gets or sets the reads since a hand last examined the entry, up to a small limit; used by <see cref="AdaptivePolicy"/>.</summary>
    public byte Frequency { get; set; }
}
