using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>A node's own order of the slots: a bijection of 0 … 2^bits − 1 drawn by a seed.</summary>
/// <remarks>
/// Four rounds x ← a·x + b mod 2^bits, x ← x xor (x shifted right by half the bits), with a and b drawn for each round and a
/// odd. Multiplication carries every bit to those above it, the shift carries the upper half to the lower: after three rounds
/// a change of any bit has reached all others, and the fourth hides what is left. Each step can be undone: an odd number has
/// an inverse mod 2^32, and a shift by half the bits or more is its own inverse.
/// </remarks>
internal readonly struct SlotPermutation
{
    public const int Rounds = 4;

    private readonly uint _factor0;
    private readonly uint _factor1;
    private readonly uint _factor2;
    private readonly uint _factor3;
    private readonly uint _addend0;
    private readonly uint _addend1;
    private readonly uint _addend2;
    private readonly uint _addend3;
    private readonly uint _mask;
    private readonly int _shift;

    public SlotPermutation(ulong seed, int bits)
    {
        _mask = (uint)((1UL << bits) - 1);
        _shift = ShiftOf(bits);
        (_factor0, _addend0) = NextKeys(ref seed);
        (_factor1, _addend1) = NextKeys(ref seed);
        (_factor2, _addend2) = NextKeys(ref seed);
        (_factor3, _addend3) = NextKeys(ref seed);
    }

    /// <summary>A shift by at least half the bits, so that doing it twice undoes it.</summary>
    public static int ShiftOf(int bits) => (bits + 1) / 2;

    /// <summary>The slot that the node visits after <paramref name="rank"/> others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SlotAt(int rank)
    {
        uint x = (uint)rank;
        x = ((x * _factor0) + _addend0) & _mask;
        x ^= x >> _shift;
        x = ((x * _factor1) + _addend1) & _mask;
        x ^= x >> _shift;
        x = ((x * _factor2) + _addend2) & _mask;
        x ^= x >> _shift;
        x = ((x * _factor3) + _addend3) & _mask;
        return (int)(x ^ (x >> _shift));
    }

    /// <summary>The keys that undo a round: x ← x xor (x shifted), x ← factor·x + addend.</summary>
    public (uint Factor, uint Addend) Inverse(int round)
    {
        (uint factor, uint addend) = round switch
        {
            0 => (_factor0, _addend0),
            1 => (_factor1, _addend1),
            2 => (_factor2, _addend2),
            _ => (_factor3, _addend3),
        };

        // Newton's iteration doubles the correct bits; a·a = 1 mod 8 for every odd a, so four of them give 48.
        uint inverse = factor;
        for (int i = 0; i < 4; i++)
        {
            inverse *= 2 - (factor * inverse);
        }

        return (inverse, 0 - (addend * inverse));
    }

    private static (uint Factor, uint Addend) NextKeys(ref ulong state)
    {
        state += Mix64.Step;
        ulong drawn = Mix64.Of(state);
        return ((uint)drawn | 1, (uint)(drawn >> 32));
    }
}
