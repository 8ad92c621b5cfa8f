using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Ids.Questions;

/// <summary>The least that an id with a time must do: read the clock.</summary>
internal readonly struct ClockDraw : IDraw
{
    public long Draw() => TimeProvider.System.GetUtcNow().Ticks;
}
