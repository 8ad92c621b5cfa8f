using System.Globalization;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>Keys as they come in practice, by popularity: the first is the most popular.</summary>
internal static class KeyShapes
{
    /// <summary>All over the longs.</summary>
    public static long Scattered(long rank) => unchecked((rank + 1) * (long)0x9E37_79B9_7F4A_7C15);

    /// <summary>0, 1, 2 …: neighbours in popularity are neighbours in a table that goes by the number.</summary>
    public static long Dense(long rank) => rank;

    /// <summary>
    /// Ids of one worker, made one to a millisecond with a pause after every thousandth, so that the low 12 bits are 0 and
    /// the next 10 are all alike.
    /// </summary>
    public static long Snowflake(long rank) => ((rank + (rank / 1000 * 77)) << 22) | (37 << 12);

    /// <summary>Multiples of 65,536: the low 16 bits are 0.</summary>
    public static long Strided(long rank) => rank << 16;

    /// <summary>Text with a common beginning.</summary>
    public static string Text(long rank) => string.Create(CultureInfo.InvariantCulture, $"user:{Scattered(rank):x16}:profile");

    /// <summary>The first keys of a shape.</summary>
    public static TKey[] First<TKey>(Func<long, TKey> shape, int count) => [.. Enumerable.Range(0, count).Select(rank => shape(rank))];
}
