using ScalePrimitives.Benchmarks.Clocks.Questions;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Clocks;

/// <summary>All that is asked of clocks.</summary>
internal static class ClockQuestions
{
    private static readonly int[] Sizes = [3, 10, 100, 1_000];

    public static IReadOnlyList<IPairedQuestion> All { get; } =
    [
        .. Sizes.Select(actors => new CompareQuestion(actors)),
        .. Sizes.Select(actors => new MergeQuestion(actors)),
        .. Sizes.Select(actors => new IncrementQuestion(actors)),
        new HybridClockQuestion(),
        new SiblingsQuestion(),
    ];
}
