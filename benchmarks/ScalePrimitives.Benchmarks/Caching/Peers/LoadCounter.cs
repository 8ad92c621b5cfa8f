namespace ScalePrimitives.Benchmarks.Caching.Peers;

/// <summary>Stands for what a cache loads from, and counts how often it had to. Each thread has its own.</summary>
internal sealed class LoadCounter
{
    public long Count { get; private set; }

    public long Next() => ++Count;
}
