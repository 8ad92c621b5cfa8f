namespace ScalePrimitives.Sharding;

/// <summary>A key that is asked for often, as a <see cref="HotKeyDetector{TKey}"/> counts it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Count">How often it was recorded, older records counting less: at least as much as it was in truth.</param>
/// <param name="Error">By how much, and 1 more, the count may be too high.</param>
/// <typeparam name="TKey">The type of the keys.</typeparam>
public readonly record struct HotKey<TKey>(TKey Key, long Count, long Error);
