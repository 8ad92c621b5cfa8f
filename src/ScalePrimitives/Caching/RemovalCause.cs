namespace ScalePrimitives.Caching;

/// <summary>Why a value left a cache.</summary>
public enum RemovalCause
{
    /// <summary>It was removed by a call: of <c>Remove</c>, of <c>Clear</c>, or of <c>Dispose</c>.</summary>
    Removed = 0,

    /// <summary>Another value was set for the same key, which may be the same object.</summary>
    Replaced = 1,

    /// <summary>The cache was full, and the eviction policy chose it.</summary>
    Evicted = 2,
}
