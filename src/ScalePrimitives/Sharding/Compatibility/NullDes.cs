using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>
/// DES with the key of zeros, by which Vitess' vindex <c>hash</c> spreads integers: a fixed permutation of 64 bits, no secret. The framework's own refuses the key as a weak one. With it all
/// sixteen round keys are zero, and the rounds are alike. Source: FIPS 46-3, whose tables these are.
/// </summary>
internal static class NullDes
{
    private const int Rounds = 16;
    private const int Boxes = 8;

    // Four rows of sixteen each: the row by the first and last of six bits, the column by those between.
    private static readonly string[] Substitutions =
    [
        "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
        "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
        "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
        "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
        "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
        "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
        "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
        "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
    ];

    private static readonly byte[] Permutation = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25];

    // What a box's four bits become behind the permutation, for each of its 64 inputs.
    private static readonly uint[] Spread = CreateSpread();

    public static ulong Encrypt(ulong block)
    {
        block = InitialPermutation(block);
        uint left = (uint)(block >> 32);
        uint right = (uint)block;
        for (int round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ Mix(right));
        }

        return FinalPermutation(((ulong)right << 32) | left);
    }

    private static uint Mix(uint half)
    {
        // Six bits a box, each two of them shared with the neighbours, the last with the first.
        ulong around = ((ulong)(half & 1) << 33) | ((ulong)half << 1) | (half >> 31);
        uint mixed = 0;
        for (int box = 0; box < Boxes; box++)
        {
            mixed |= Spread[(box << 6) | (int)((around >> (28 - (4 * box))) & 0x3F)];
        }

        return mixed;
    }

    // Both permutations of FIPS 46-3 are a transposition of eight bytes of eight bits: of even bits first, then odd ones, lines upwards.
    private static ulong InitialPermutation(ulong block)
    {
        ulong result = 0;
        for (int i = 0; i < 64; i++)
        {
            result |= ((block >> SourceOf(i)) & 1) << (63 - i);
        }

        return result;
    }

    private static ulong FinalPermutation(ulong block)
    {
        ulong result = 0;
        for (int i = 0; i < 64; i++)
        {
            result |= ((block >> (63 - i)) & 1) << SourceOf(i);
        }

        return result;
    }

    // The bit, from the lowest, that the initial permutation puts at place i, from the highest: row by row from 58, 60, 62, 64, 57, 59, 61, 63 down in eights.
    private static int SourceOf(int i)
    {
        int row = i >> 3;
        int first = row < 4 ? 58 + (2 * row) : 57 + (2 * (row - 4));
        return 64 - (first - (8 * (i & 7)));
    }

    private static uint[] CreateSpread()
    {
        var spread = new uint[Boxes << 6];
        for (int i = 0; i < spread.Length; i++)
        {
            int box = i >> 6;
            int six = i & 0x3F;
            int row = ((six >> 5) << 1) | (six & 1);
            int column = (six >> 1) & 0xF;
            uint four = uint.Parse(Substitutions[box].AsSpan((16 * row) + column, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) << (28 - (4 * box));
            for (int place = 0; place < 32; place++)
            {
                spread[i] |= ((four >> (32 - Permutation[place])) & 1) << (31 - place);
            }
        }

        return spread;
    }
}
