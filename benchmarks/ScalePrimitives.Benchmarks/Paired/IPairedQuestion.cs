namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>A question that several contenders answer in turn, round by round.</summary>
internal interface IPairedQuestion
{
    /// <summary>Gets the name to ask it by: lower case, words joined by hyphens.</summary>
    string Name { get; }

    /// <summary>Gets the question and its setting, in one sentence.</summary>
    string Title { get; }

    /// <summary>Gets the largest number of threads it is asked for; it is asked for each number from 1.</summary>
    int MaxThreads { get; }

    /// <summary>Creates the contenders, filled and ready; the first is the baseline.</summary>
    /// <param name="isShort">Whether it only has to run, not to measure: then everything may be small.</param>
    IReadOnlyList<Contender> CreateContenders(bool isShort);
}
