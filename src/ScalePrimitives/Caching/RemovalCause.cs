namespace ScalePrimitives.Caching;

/// <summary>Why a value left a cache.</summary>
public enum RemovalCause
{
    /// <summary>It was removed by a call: of <c>Remove</c>, <c>RemoveWhere</c>, <c>Clear</c> or <c>Dispose</c>.</summary>
    Removed = 0,

    /// <summary>Another value was set for the same key, which may be the same object.</summary>
    Replaced = 1,

    /// <summary>The cache was full, and the eviction policy chose it.</summary>
    Evicted = 2,

    /// <summary>Its time was over. Reported when the cache comes to it, which may be later; the value was not returned meanwhile.</summary>
    Expired = 3,

    /// <summary>It was heavier alone than all entries together may be, and was not kept.</summary>
    Overweight = 4,
}
