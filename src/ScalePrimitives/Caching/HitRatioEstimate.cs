using System.Runtime.InteropServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// What a <see cref="HitRatioEstimator{TKey}"/> says of a cache of one capacity. The default value is of no cache.
/// </summary>
/// <param name="Capacity">How many entries the cache would hold at most, from 1.</param>
/// <param name="HitRatio">The share of requests that would have found a value: 0 to 1; null while <paramref name="SampledRequests"/> is 0.</param>
/// <param name="SampledRequests">How many requests the estimate rests on. Some thousands are few: a period should be as long as the
/// largest capacity takes to fill and then several times longer.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct HitRatioEstimate(int Capacity, double? HitRatio, long SampledRequests);
