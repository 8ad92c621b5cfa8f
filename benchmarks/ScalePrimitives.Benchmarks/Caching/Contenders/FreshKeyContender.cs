using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Uses every key once: each worker goes through its own part of the keys.</summary>
internal abstract class FreshKeyContender(string name) : Contender(name)
{
    private const int MaxWorkers = 64;

    private readonly long[] _used = new long[MaxWorkers];

    public sealed override long Run(int worker, int operations)
    {
        long first = ((long)worker << 48) + _used[worker];
        _used[worker] += operations;
        return Use(first, operations);
    }

    /// <summary>Uses the keys of so many ranks, from the first on.</summary>
    protected abstract long Use(long firstRank, int count);
}
