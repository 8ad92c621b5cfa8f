using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class FastModuloTests
{
    public static TheoryData<uint> Divisors => [2, 3, 5, 7, 17, 101, 251, 65_537, 655_373, 4_999_999, 5_000_011, 2_147_483_647, 4_294_967_291, uint.MaxValue];

    [Theory]
    [MemberData(nameof(Divisors))]
    public void Remainders_are_exact_about_the_multiples_of_the_divisor_and_the_ends_of_the_range(uint divisor)
    {
        var modulo = new FastModulo(divisor);
        ulong greatest = ulong.MaxValue / divisor;
        ulong[] quotients = [0, 1, 2, greatest / 3, greatest / 2, (1UL << 32) / divisor, greatest - 1, greatest];
        foreach (ulong multiple in quotients.Select(quotient => quotient * divisor))
        {
            for (ulong offset = unchecked(0UL - 3); offset != 4; offset = unchecked(offset + 1))
            {
                ulong number = unchecked(multiple + offset);
                Assert.Equal(number % divisor, modulo.Remainder(number));
            }
        }

        Assert.Equal(ulong.MaxValue % divisor, modulo.Remainder(ulong.MaxValue));
    }

    [Property(MaxTest = 2000)]
    public bool Remainders_are_exact(DoNotSize<ulong> number, DoNotSize<uint> divisor)
    {
        uint nonZero = Math.Max(1, divisor.Item);
        return new FastModulo(nonZero).Remainder(number.Item) == number.Item % nonZero;
    }
}
