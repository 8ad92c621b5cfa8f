namespace ScalePrimitives.Caching;

/// <summary>
/// What the replacement policy and the timer wheel know of a cached entry: its hash, its place in their lists, and how often
/// it was read. They never see the key or the value, which the node derived from it holds.
/// </summary>
/// <remarks>Guarded by the cache's lock, but for <see cref="Frequency"/>, which readers raise without one. What only some
/// caches need (<see cref="Weight"/>, <see cref="FrequencyList"/>, <see cref="Timer"/>) larger nodes hold.</remarks>
internal class CacheEntry(uint hash)
{
    /// <summary>Gets the key's hash, already mixed: every bit depends on the whole hash code.</summary>
    public uint Hash { get; } = hash;

    /// <summary>Gets or sets the neighbour that is older in the list that holds the entry; null while no list holds it.</summary>
    public CacheEntry? Older { get; set; }

    /// <summary>Gets or sets the neighbour that is newer in the list that holds the entry; null while no list holds it.</summary>
    public CacheEntry? Newer { get; set; }

    /// <summary>Gets or sets which of the policy's lists holds the entry; its meaning is the policy's own.</summary>
    public byte List { get; set; }

    /// <summary>Gets or sets the reads since a hand last examined the entry, up to a small limit; used by <see cref="AdaptivePolicy"/>.</summary>
    public byte Frequency { get; set; }

    /// <summary>Gets what the entry weighs: 0 or more. It does not change while a policy knows the entry.</summary>
    public virtual long Weight => 1;

    /// <summary>Gets the index of the frequency list that holds the entry; used by <see cref="LfuPolicy"/>.</summary>
    public virtual ref int FrequencyList => throw new NotSupportedException("This entry is of no list by frequency.");

    /// <summary>Gets the entry's place in the timer wheel.</summary>
    public virtual ref EntryTimer Timer => throw new NotSupportedException("This entry has no timer.");
}
