namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>What the rounds said of one contender.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Threads">On how many threads it ran.</param>
/// <param name="Ratio">Its time by the baseline's of the same round.</param>
/// <param name="Nanoseconds">Its time an operation.</param>
/// <param name="AllocatedBytes">What it allocated an operation: the median of the rounds.</param>
/// <param name="Note">What else is to be told of it.</param>
internal sealed record PairedResult(string Name, int Threads, Quartiles Ratio, Quartiles Nanoseconds, double AllocatedBytes, string? Note)
{
    public static PairedResult Of(Contender contender, int threads, IReadOnlyList<Lap> laps, IReadOnlyList<Lap> baseline) => new(
        contender.Name,
        threads,
        Quartiles.Of(laps.Zip(baseline, (lap, reference) => lap.NanosecondsPerOperation / reference.NanosecondsPerOperation)),
        Quartiles.Of(laps.Select(lap => lap.NanosecondsPerOperation)),
        Quartiles.Of(laps.Select(lap => lap.BytesPerOperation)).Median,
        contender.TakeNote());
}
