using System.Diagnostics;

namespace ScalePrimitives.Hashing;

/// <summary>A natural logarithm whose last bit is the same on every machine.</summary>
/// <remarks>
/// <see cref="Math.Log(double)"/> comes from each platform's C library, and these differ in the last bit; two processes could
/// then disagree about who owns a key. Here only addition, subtraction, multiplication and division of doubles are used, in an
/// order the source fixes. IEEE 754 rounds each of them correctly, and the runtime neither reorders nor fuses them.
/// </remarks>
internal static class PortableLog
{
    private const int MantissaBits = 52;
    private const long MantissaMask = (1L << MantissaBits) - 1;
    private const long ExponentOfOne = 1023L << MantissaBits;
    private const double Ln2 = 0.69314718055994530942;
    private const double Sqrt2 = 1.4142135623730950488;

    /// <summary>Computes −ln(x) to within two units in the last place.</summary>
    /// <param name="x">Above 0, normal (not below 2^−1022), at most 1.</param>
    public static double Minus(double x)
    {
        Debug.Assert(x is >= 2.2250738585072014e-308 and <= 1, "The argument is a normal number up to 1.");

        // x = 2^-halvings · fraction with the fraction from √½ to √2, where the series below converges fastest.
        long bits = BitConverter.DoubleToInt64Bits(x);
        int halvings = 1023 - (int)(bits >> MantissaBits);
        double fraction = BitConverter.Int64BitsToDouble((bits & MantissaMask) | ExponentOfOne);
        if (fraction > Sqrt2)
        {
            fraction *= 0.5;
            halvings--;
        }

        // ln f = 2 artanh(s) = 2 (s + s³/3 + s⁵/5 + …) with s = (f − 1) / (f + 1). As s² < 0.0295, the first term left out, s²³/23,
        // is below 2^-58 of the sum.
        double s = (fraction - 1) / (fraction + 1);
        double square = s * s;
        double series = 1.0 / 21;
        series = (series * square) + (1.0 / 19);
        series = (series * square) + (1.0 / 17);
        series = (series * square) + (1.0 / 15);
        series = (series * square) + (1.0 / 13);
        series = (series * square) + (1.0 / 11);
        series = (series * square) + (1.0 / 9);
        series = (series * square) + (1.0 / 7);
        series = (series * square) + (1.0 / 5);
        series = (series * square) + (1.0 / 3);
        series = (series * square) + 1;
        return (halvings * Ln2) - (2 * s * series);
    }
}
