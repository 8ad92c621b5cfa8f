using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Benchmarks.Sharding.Questions;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>All that is asked of shards.</summary>
internal static class ShardingQuestions
{
    public static IReadOnlyList<IPairedQuestion> All { get; } = [new RouteQuestion(), new GroupQuestion(), new MergeQuestion(), new HotKeyQuestion()];
}
