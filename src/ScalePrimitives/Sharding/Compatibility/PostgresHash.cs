using System.Buffers.Binary;
using System.Numerics;

namespace ScalePrimitives.Sharding;

/// <summary>
/// The hash functions by which PostgreSQL places rows in hash partitions, with and without a seed: Bob Jenkins' lookup3 as its catalogs have used it since 2011, on a little-endian
/// server. Source: R. Jenkins, "lookup3.c", 2006; the operators' documentation of PostgreSQL.
/// </summary>
internal static class PostgresHash
{
    private const uint Start = 0x9e3779b9 + 3_923_095;
    private const int BlockSize = 12;

    /// <summary>The extended hash of <c>bigint</c>.</summary>
    public static ulong OfInt64(long value, ulong seed)
    {
        // So that a value hashes as it would as a narrower integer.
        uint low = (uint)value;
        uint high = (uint)(value >> 32);
        return OfUInt32(low ^ (value >= 0 ? high : ~high), seed);
    }

    /// <summary>The extended hash of bytes: <c>text</c> of a deterministic collation in UTF-8, and <c>uuid</c>. The lower half is the plain hash when the seed is 0.</summary>
    public static ulong OfBytes(ReadOnlySpan<byte> bytes, ulong seed)
    {
        uint a = Start + (uint)bytes.Length;
        uint b = a;
        uint c = a;
        MixSeed(ref a, ref b, ref c, seed);
        for (; bytes.Length >= BlockSize; bytes = bytes[BlockSize..])
        {
            a += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            b += BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            c += BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
            Mix(ref a, ref b, ref c);
        }

        // The rest, zeros behind it; the lowest byte of c is left out, as the length has gone there.
        Span<byte> rest = stackalloc byte[BlockSize];
        rest.Clear();
        bytes.CopyTo(rest);
        a += BinaryPrimitives.ReadUInt32LittleEndian(rest);
        b += BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        c += BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]) << 8;
        return Final(a, b, c);
    }

    /// <summary>Joins the hash of a column to that of the columns before it.</summary>
    public static ulong Combine(ulong before, ulong next) => before ^ (next + 0x49a0f4dd15e5a8e3 + (before << 54) + (before >> 7));

    private static ulong OfUInt32(uint value, ulong seed)
    {
        uint a = Start + sizeof(uint);
        uint b = a;
        uint c = a;
        MixSeed(ref a, ref b, ref c, seed);
        return Final(a + value, b, c);
    }

    private static void MixSeed(ref uint a, ref uint b, ref uint c, ulong seed)
    {
        if (seed != 0)
        {
            a += (uint)(seed >> 32);
            b += (uint)seed;
            Mix(ref a, ref b, ref c);
        }
    }

    private static void Mix(ref uint a, ref uint b, ref uint c)
    {
        a = (a - c) ^ BitOperations.RotateLeft(c, 4);
        c += b;
        b = (b - a) ^ BitOperations.RotateLeft(a, 6);
        a += c;
        c = (c - b) ^ BitOperations.RotateLeft(b, 8);
        b += a;
        a = (a - c) ^ BitOperations.RotateLeft(c, 16);
        c += b;
        b = (b - a) ^ BitOperations.RotateLeft(a, 19);
        a += c;
        c = (c - b) ^ BitOperations.RotateLeft(b, 4);
        b += a;
    }

    private static ulong Final(uint a, uint b, uint c)
    {
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        c = (c ^ b) - BitOperations.RotateLeft(b, 24);
        return ((ulong)b << 32) | c;
    }
}
