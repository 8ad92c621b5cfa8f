using System.Numerics;

namespace ScalePrimitives.Internal;

/// <summary>Unsigned LEB128: seven bits a byte, lowest first, the top bit set on all bytes but the last. Only the shortest form is read.</summary>
internal static class Varint
{
    public const int MaxLength = 10;

    public static int GetLength(ulong value) => (70 - BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <summary>Writes to a destination that is known to be long enough; returns the length.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        int length = 0;
        while (value > 0x7F)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads from the start; <see langword="false"/> when truncated, longer than need be or beyond 64 bits.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong value, out int read)
    {
        value = 0;
        for (read = 0; read < Math.Min(source.Length, MaxLength);)
        {
            byte next = source[read];
            value |= (ulong)(next & 0x7F) << (7 * read);
            read++;
            if (next <= 0x7F)
            {
                bool shortest = next != 0 || read == 1;
                bool fits = read < MaxLength || next == 1; // the tenth byte holds bit 63 alone
                return shortest && fits;
            }
        }

        return false;
    }
}
