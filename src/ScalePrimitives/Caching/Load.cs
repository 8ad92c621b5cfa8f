namespace ScalePrimitives.Caching;

/// <summary>One run of a factory for a key, which every caller that asks for the key meanwhile waits for.</summary>
internal abstract class Load<TKey>(TKey key)
    where TKey : notnull
{
    public TKey Key { get; } = key;

    /// <summary>
    /// Gets or sets a value indicating whether a later write to the key has won, or nobody waits any longer: the result
    /// is not stored, and no caller joins. Guarded by the cache's lock.
    /// </summary>
    public bool IsSuperseded { get; set; }

    /// <summary>Gets or sets an earlier load of the key, superseded but still running. Guarded by the cache's lock.</summary>
    public Load<TKey>? Earlier { get; set; }

    /// <summary>Gets or sets the load of the key that began after this one was superseded. Guarded by the cache's lock.</summary>
    public Load<TKey>? Later { get; set; }

    /// <summary>Gets or sets a value indicating whether the factory has ended and its value, if any, is stored. Guarded by the cache's lock.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Ends the load for all who wait: each gets the exception.</summary>
    public abstract void Fail(Exception exception);
}
