namespace ScalePrimitives.Hashing;

/// <summary>Bob Jenkins' one-at-a-time hash as libmemcached computes it.</summary>
/// <remarks>
/// Source: Jenkins, "Hash functions", Dr. Dobb's Journal, September 1997. libmemcached reads the key as <c>char</c>, which is
/// signed on x86: bytes above 127 add as negative numbers there, and here. Where <c>char</c> is unsigned its pools differ in such keys.
/// </remarks>
internal static class OneAtATime
{
    public static uint Hash(ReadOnlySpan<byte> key)
    {
        uint hash = 0;
        foreach (byte b in key)
        {
            hash += (uint)(sbyte)b;
            hash += hash << 10;
            hash ^= hash >> 6;
        }

        hash += hash << 3;
        hash ^= hash >> 11;
        return hash + (hash << 15);
    }
}
