using System.Numerics;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>Counts durations in nanoseconds, each to within 3 %: 32 classes between a power of two and the next.</summary>
internal sealed class LatencyHistogram
{
    private const int SubclassBits = 5;

    private readonly long[] _counts = new long[64 << SubclassBits];

    /// <summary>Gets how many durations were counted.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the longest duration.</summary>
    public long Max { get; private set; }

    public void Record(long nanoseconds)
    {
        _counts[ClassOf((ulong)nanoseconds)]++;
        Count++;
        Max = Math.Max(Max, nanoseconds);
    }

    /// <summary>Counts what another has counted too.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>The duration that a share of all do not exceed, rounded down to its class; 0 when there is none.</summary>
    public long Percentile(double share)
    {
        long below = (long)(share * Count);
        int i = 0;
        for (; i < _counts.Length - 1 && below >= _counts[i]; i++)
        {
            below -= _counts[i];
        }

        return Count == 0 ? 0 : Math.Min(Max, LowestOf(i));
    }

    private static int ClassOf(ulong value)
    {
        int shift = Math.Max(0, BitOperations.Log2(value | 1) - SubclassBits);
        return (shift << SubclassBits) + (int)(value >> shift); // the leading bit of the second term carries into the first
    }

    private static long LowestOf(int index)
    {
        int shift = Math.Max(0, (index >> SubclassBits) - 1);
        return (long)(index - (shift << SubclassBits)) << shift;
    }
}
