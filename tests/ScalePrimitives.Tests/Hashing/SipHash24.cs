using System.Buffers.Binary;
using System.Numerics;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>SipHash-2-4 (Aumasson and Bernstein, 2012), which go-maglev makes its permutations with.</summary>
internal static class SipHash24
{
    public static ulong Hash(ulong k0, ulong k1, ReadOnlySpan<byte> message)
    {
        ulong v0 = k0 ^ 0x736F6D6570736575;
        ulong v1 = k1 ^ 0x646F72616E646F6D;
        ulong v2 = k0 ^ 0x6C7967656E657261;
        ulong v3 = k1 ^ 0x7465646279746573;
        int whole = message.Length & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            Absorb(BinaryPrimitives.ReadUInt64LittleEndian(message[i..]));
        }

        Span<byte> last = stackalloc byte[8];
        last.Clear();
        message[whole..].CopyTo(last);
        last[7] = (byte)message.Length;
        Absorb(BinaryPrimitives.ReadUInt64LittleEndian(last));
        v2 ^= 0xFF;
        Rounds(4);
        return v0 ^ v1 ^ v2 ^ v3;

        void Absorb(ulong word)
        {
            v3 ^= word;
            Rounds(2);
            v0 ^= word;
        }

        void Rounds(int count)
        {
            for (int i = 0; i < count; i++)
            {
                v0 += v1;
                v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
                v0 = BitOperations.RotateLeft(v0, 32);
                v2 += v3;
                v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
                v2 = BitOperations.RotateLeft(v2, 32);
            }
        }
    }
}
