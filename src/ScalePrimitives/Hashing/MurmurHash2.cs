using System.Buffers.Binary;

namespace ScalePrimitives.Hashing;

/// <summary>The 64-bit MurmurHash2 of GNU libstdc++'s <c>std::hash</c>, which Envoy offers for its rings.</summary>
/// <remarks>Source: A. Appleby, MurmurHash64A, 2008; libstdc++ reads the bytes of the last, incomplete word as one number.</remarks>
internal static class MurmurHash2
{
    private const ulong Seed = 0xC70F_6907;
    private const ulong Multiplier = 0xC6A4_A793_5BD1_E995;

    public static ulong Hash(ReadOnlySpan<byte> key)
    {
        ulong hash = Seed ^ ((ulong)key.Length * Multiplier);
        ReadOnlySpan<byte> rest = key;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            ulong word = Shift(BinaryPrimitives.ReadUInt64LittleEndian(rest) * Multiplier) * Multiplier;
            hash = (hash ^ word) * Multiplier;
        }

        if (!rest.IsEmpty)
        {
            Span<byte> padded = stackalloc byte[sizeof(ulong)];
            padded.Clear();
            rest.CopyTo(padded);
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(padded)) * Multiplier;
        }

        return Shift(Shift(hash) * Multiplier);
    }

    private static ulong Shift(ulong value) => value ^ (value >> 47);
}
