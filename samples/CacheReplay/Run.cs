using ScalePrimitives.Caching;

namespace CacheReplay;

/// <summary>A cache to replay the log through.</summary>
internal readonly record struct Run(EvictionPolicy Policy, int Capacity);
