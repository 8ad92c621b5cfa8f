using ScalePrimitives.Benchmarks.Caching.Questions;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>All that is asked of caches.</summary>
internal static class CacheQuestions
{
    public static IReadOnlyList<IPairedQuestion> All { get; } =
    [
        new HitQuestion<long>("hit-scattered", "scattered", KeyShapes.Scattered),
        new HitQuestion<long>("hit-dense", "dense", KeyShapes.Dense),
        new HitQuestion<long>("hit-snowflake", "Snowflake ids, sequence 0", KeyShapes.Snowflake),
        new HitQuestion<long>("hit-strides", "multiples of 65,536", KeyShapes.Strided),
        new HitQuestion<string>("hit-strings", "text of 29 characters", KeyShapes.Text),
        new ExpiringHitQuestion(),
        new ExactLruHitQuestion(),
        new HitSizeQuestion(1_000),
        new HitSizeQuestion(10_000),
        new HitSizeQuestion(100_000),
        new GetOrAddQuestion(),
        new MixedQuestion(setPercent: 5, evicts: false),
        new MixedQuestion(setPercent: 50, evicts: false),
        new MixedQuestion(setPercent: 5, evicts: true),
        new MixedQuestion(setPercent: 50, evicts: true),
        new LoadQuestion(),
        new AsyncHitQuestion(),
        new AsyncLoadQuestion(),
        new BulkLoadQuestion(),
        new ExpiryQuestion(),
        new ExpiredLoadQuestion(),
        new EvictionQuestion(millions: 1),
        new EvictionQuestion(millions: 10),
    ];
}
