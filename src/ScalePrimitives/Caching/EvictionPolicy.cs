namespace ScalePrimitives.Caching;

/// <summary>How a cache chooses the entry that leaves when it is full.</summary>
public enum EvictionPolicy
{
    /// <summary>
    /// Weighs frequency against recency: newcomers pass a small window and must then be asked for more often than the entry
    /// whose place they take (W-TinyLFU: Einziger, Friedman and Manes 2017). Keeps scans out. The best choice where nothing
    /// is known of the requests. Each instance is seeded differently, so two may evict differently.
    /// </summary>
    Adaptive = 0,

    /// <summary>Evicts the least recently used entry, exactly. A read and a new value are uses.</summary>
    Lru = 1,

    /// <summary>
    /// Evicts the least frequently used entry, exactly, and of several the least recently used one. A read and a new value
    /// are uses; counts are never aged, so this suits a popularity that does not change.
    /// </summary>
    Lfu = 2,

    /// <summary>Evicts the entry that was added first, exactly. Neither a read nor a new value changes the order.</summary>
    Fifo = 3,
}
