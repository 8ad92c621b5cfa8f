using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class PortableLogTests
{
    [Theory]
    [InlineData(1.0, 0x0000000000000000UL)]
    [InlineData(0.5, 0x3FE62E42FEFA39EFUL)]
    [InlineData(0.75, 0x3FD269621134DB92UL)]
    [InlineData(0.1, 0x40026BB1BBB55515UL)]
    [InlineData(0.99999237060546875, 0x3EE0000400015556UL)]
    [InlineData(0.7072567596062677, 0x3FD62AC978DBC257UL)] // where the last term of the series decides the last bit
    [InlineData(1.1102230246251565e-16, 0x40425E4F7B2737FAUL)]
    public void Every_bit_is_pinned(double x, ulong bits) => Assert.Equal(bits, BitConverter.DoubleToUInt64Bits(PortableLog.Minus(x)));

    [Property(MaxTest = 2000)]
    public bool It_is_the_logarithm_to_two_units_in_the_last_place(DoNotSize<ulong> random, byte halvings)
    {
        double x = ((random.Item >> 12) + 0.5) / (1L << 52) / Math.Pow(2, halvings);
        double expected = -Math.Log(x);
        return Math.Abs(PortableLog.Minus(x) - expected) <= 2 * (Math.BitIncrement(expected) - expected);
    }

    [Fact]
    public void It_is_accurate_just_below_one_where_most_digits_of_the_argument_are_ones()
    {
        // −ln(1 − d) = d + d²/2 + …; of d = 2^-40 the second term is below half a unit of the first's last place.
        double d = Math.Pow(2, -40);
        Assert.Equal(d + (d * d / 2), PortableLog.Minus(1 - d));
    }
}
