using System.Text;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class OneAtATimeTests
{
    // Printed by the C function with signed char; the second and the last are published as well.
    [Theory]
    [InlineData("", 0x00000000)]
    [InlineData("a", 0xca2e9442)]
    [InlineData("user:42", 0x303f6fea)]
    [InlineData("größe", 0x231cfa85)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x519e91f5)]
    public void The_hash_is_that_of_the_reference(string key, uint expected) =>
        Assert.Equal(expected, OneAtATime.Hash(Encoding.UTF8.GetBytes(key)));
}
