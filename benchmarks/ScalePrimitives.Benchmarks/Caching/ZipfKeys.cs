namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>Requests whose popularity falls with the rank to the power of 0.99, as in YCSB, for keys scattered over all longs.</summary>
internal static class ZipfKeys
{
    private const double Exponent = 0.99;

    public static long Key(int rank) => unchecked((rank + 1) * (long)0x9E37_79B9_7F4A_7C15);

    public static long[] Sample(int keyCount, int requestCount, int seed)
    {
        double[] cumulated = new double[keyCount];
        double sum = 0;
        for (int rank = 0; rank < keyCount; rank++)
        {
            sum += Math.Pow(rank + 1, -Exponent);
            cumulated[rank] = sum;
        }

        var random = new Random(seed);
        long[] keys = new long[requestCount];
        for (int i = 0; i < keys.Length; i++)
        {
            int rank = Array.BinarySearch(cumulated, random.NextDouble() * sum);
            keys[i] = Key(Math.Min(rank < 0 ? ~rank : rank, keyCount - 1));
        }

        return keys;
    }
}
