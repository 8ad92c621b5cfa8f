using ScalePrimitives.Benchmarks.Ids.Questions;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Ids;

/// <summary>All that is asked of id generators.</summary>
internal static class IdQuestions
{
    public static IReadOnlyList<IPairedQuestion> All { get; } =
    [
        new SnowflakeQuestion(),
        new RandomUuidQuestion(),
        new TimedUuidQuestion(),
        new TicketQuestion(4_096),
        new TicketQuestion(1 << 20),
    ];
}
