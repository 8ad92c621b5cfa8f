namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>
/// Draws keys whose popularity falls with their rank to the power of 0.99, as in YCSB. Expected O(1) a draw: a table says
/// where to begin to look for the rank. Thread-safe.
/// </summary>
internal sealed class ZipfSampler<TKey>
{
    private const double Exponent = 0.99;

    private readonly TKey[] _keys;
    private readonly double[] _cumulated;
    private readonly int[] _firstRanks; // of each of as many equal parts of the sum as there are keys

    /// <param name="keys">The keys, the most popular one first.</param>
    public ZipfSampler(TKey[] keys)
    {
        _keys = keys;
        _cumulated = new double[keys.Length];
        double sum = 0;
        for (int rank = 0; rank < keys.Length; rank++)
        {
            sum += Math.Pow(rank + 1, -Exponent);
            _cumulated[rank] = sum;
        }

        _firstRanks = new int[keys.Length];
        for (int part = 0, rank = 0; part < keys.Length; part++)
        {
            while (_cumulated[rank] < sum * part / keys.Length)
            {
                rank++;
            }

            _firstRanks[part] = rank;
        }
    }

    public TKey Next(Random random)
    {
        double share = random.NextDouble();
        double target = share * _cumulated[^1];
        int rank = _firstRanks[(int)(share * _keys.Length)];
        while (rank < _keys.Length - 1 && _cumulated[rank] < target)
        {
            rank++;
        }

        return _keys[rank];
    }

    /// <summary>Draws a request sequence for each of a number of workers.</summary>
    public IReadOnlyList<TKey[]> Sample(int requestCount, int workers) =>
        [.. Enumerable.Range(1, workers).Select(seed =>
        {
            var random = new Random(seed);
            return Enumerable.Range(0, requestCount).Select(_ => Next(random)).ToArray();
        })];
}
