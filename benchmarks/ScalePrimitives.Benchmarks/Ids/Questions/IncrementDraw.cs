using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Ids.Questions;

/// <summary>The least that a generator shared by threads must do: step a counter.</summary>
internal readonly struct IncrementDraw() : IDraw
{
    // Alone on its cache line, as the generators' own words are.
    private readonly long[] _counter = new long[64];

    public long Draw() => Interlocked.Increment(ref _counter[32]);
}
