namespace ScalePrimitives.Caching;

/// <summary>One run of a factory for a key, which every caller that asks for the key meanwhile waits for. Guarded by the cache's lock but for its result.</summary>
internal abstract class Load<TKey>(TKey key, uint hash)
    where TKey : notnull
{
    public TKey Key { get; } = key;

    public uint Hash { get; } = hash;

    /// <summary>
    /// Gets or sets a value indicating whether a later write to the key has won, or nobody waits any longer: the result
    /// is not stored, and no caller joins.
    /// </summary>
    public bool IsSuperseded { get; set; }

    /// <summary>Gets or sets a value indicating whether the factory has ended and its value, if any, is stored.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Gets or sets the load that began before this one in the same bucket of the <see cref="LoadTable{TKey, TLoad}"/>.</summary>
    public Load<TKey>? Earlier { get; set; }

    /// <summary>Gets or sets the load that began after this one in the same bucket of the <see cref="LoadTable{TKey, TLoad}"/>.</summary>
    public Load<TKey>? Later { get; set; }

    /// <summary>Ends the load for all who wait: each gets the exception.</summary>
    public abstract void Fail(Exception exception);
}
