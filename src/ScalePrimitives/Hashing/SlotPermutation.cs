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

    private readonly Keys _factors;
    private readonly Keys _addends;
    private readonly uint _mask;
    private readonly int _shift;

    public SlotPermutation(ulong seed, int bits)
    {
        _mask = (uint)((1UL << bits) - 1);
        _shift = ShiftOf(bits);
        for (int round = 0; round < Rounds; round++)
        {
            seed += Mix64.Step;
            ulong drawn = Mix64.Of(seed);
            _factors[round] = (uint)drawn | 1;
            _addends[round] = (uint)(drawn >> 32);
        }
    }

    /// <summary>A shift by at least half the bits, so that doing it twice undoes it.</summary>
    public static int ShiftOf(int bits) => (bits + 1) / 2;

    /// <summary>The slot that the node visits after <paramref name="rank"/> others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SlotAt(int rank)
    {
        // Written out: a loop over the rounds is not unrolled, and this is the innermost step of building a table.
        uint x = (uint)rank;
        x = ((x * _factors[0]) + _addends[0]) & _mask;
        x ^= x >> _shift;
        x = ((x * _factors[1]) + _addends[1]) & _mask;
        x ^= x >> _shift;
        x = ((x * _factors[2]) + _addends[2]) & _mask;
        x ^= x >> _shift;
        x = ((x * _factors[3]) + _addends[3]) & _mask;
        return (int)(x ^ (x >> _shift));
    }

    /// <summary>The keys that undo a round: x ← x xor (x shifted), x ← factor·x + addend.</summary>
    public (uint Factor, uint Addend) Inverse(int round)
    {
        // Newton's iteration doubles the correct bits; a·a = 1 mod 8 for every odd a, so four of them give 48.
        uint factor = _factors[round];
        uint inverse = factor;
        for (int i = 0; i < 4; i++)
        {
            inverse *= 2 - (factor * inverse);
        }

        return (inverse, unchecked(0u - (_addends[round] * inverse)));
    }

    [InlineArray(Rounds)]
    private struct Keys
    {
        private uint _first;
    }
}
