namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>Where the requests of one contender come from. Each worker has its own.</summary>
internal interface IRequests<TKey>
{
    /// <summary>Gets the number of workers, from 1.</summary>
    int Workers { get; }

    /// <summary>Makes the next requests of a worker ready, before the time runs.</summary>
    void Prepare(int worker, int count);

    /// <summary>Takes the next requests of a worker: at least one and at most so many.</summary>
    ReadOnlySpan<TKey> Take(int worker, int maxCount);
}
