namespace ScalePrimitives.Hashing;

/// <summary>The output function of SplitMix64: a bijection of 64 bits in which every input bit reaches every output bit.</summary>
internal static class Mix64
{
    /// <summary>What the state of SplitMix64 walks by: odd, so that the walk visits all 2^64 states.</summary>
    public const ulong Step = 0x9E37_79B9_7F4A_7C15;

    public static ulong Of(ulong state)
    {
        ulong z = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
