namespace ScalePrimitives.Hashing;

/// <summary>The remainder of any 64-bit number by a divisor that is known beforehand: two multiplications instead of a division.</summary>
internal readonly struct FastModulo(uint divisor)
{
    private readonly ulong _divisor = divisor;
    private readonly ulong _reciprocal = ulong.MaxValue / divisor;

    public ulong Remainder(ulong number)
    {
        // reciprocal = (2^64 − e) / divisor with 0 < e ≤ divisor, so number × reciprocal / 2^64 falls short of number / divisor
        // by number × e / (divisor × 2^64), less than 1. The quotient is therefore right or one too small, and the rest lies in
        // [0, 2 × divisor): one subtraction at most corrects it.
        ulong quotient = Math.BigMul(number, _reciprocal, out _);
        ulong rest = number - (quotient * _divisor);
        return rest >= _divisor ? rest - _divisor : rest;
    }
}
