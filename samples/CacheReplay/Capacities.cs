using System.Numerics;

namespace CacheReplay;

/// <summary>Which capacities are replayed.</summary>
internal static class Capacities
{
    private const int DefaultCount = 9;

    /// <summary>The capacities that were asked for, or powers of two: the largest that does not hold every key, and the eight before it.</summary>
    public static int[] Choose(IReadOnlyCollection<int> wanted, int distinctKeys)
    {
        if (wanted.Count > 0)
        {
            return [.. wanted.Distinct().Order()];
        }

        int largest = Math.Max(0, BitOperations.Log2((uint)Math.Max(1, distinctKeys - 1)));
        return [.. Enumerable.Range(Math.Max(0, largest - DefaultCount + 1), Math.Min(DefaultCount, largest + 1)).Select(exponent => 1 << exponent)];
    }

    /// <summary>Where the estimator starts from: so that eight times it is the largest capacity, where that leaves anything.</summary>
    public static int EstimatorBase(IReadOnlyList<int> capacities) => Math.Max(1, capacities[^1] / 8);
}
