using ScalePrimitives.Internal;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Jump consistent hash: a bucket number for a key, computed without any table. Choose it where buckets are numbered, only ever
/// added or removed at the end, and have no weights: shards of a store, not servers that fail one by one.
/// </summary>
/// <remarks>
/// <para>
/// Growing from n to n + 1 buckets moves 1 / (n + 1) of the keys, all of them into the new bucket. Takes expected O(ln buckets)
/// steps of one division each; no memory, no allocation. Thread-safe. Agrees with the authors' C++ and with Guava's
/// <c>Hashing.consistentHash</c>.
/// </para>
/// <para>
/// The same on every platform: each step is one division and one multiplication of doubles, which IEEE 754 rounds correctly and
/// .NET neither widens nor fuses, between conversions that are exact or truncate.
/// </para>
/// <para>Source: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014, arXiv:1406.2294.</para>
/// </remarks>
public static class JumpHash
{
    /// <summary>Finds the bucket of a key's hash.</summary>
    /// <param name="keyHash">Any 64 bits; the function mixes them itself.</param>
    /// <param name="buckets">The number of buckets, at least 1.</param>
    /// <returns>From 0 to <paramref name="buckets"/> − 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="buckets"/> is below 1.</exception>
    public static int GetBucket(ulong keyHash, int buckets)
    {
        Guard.InRange(buckets, 1, int.MaxValue);
        long bucket;
        long next = 0;
        do
        {
            // Every draw is at least 1, so a jump goes forward by at least one. It is at most 2^31, so the product is below 2^62.
            bucket = next;
            keyHash = (keyHash * 2_862_933_555_777_941_757) + 1;
            double draw = (double)(1L << 31) / (double)((keyHash >> 33) + 1);
            next = (long)((bucket + 1) * draw);
        }
        while (next < buckets);

        return (int)bucket;
    }
}
