using System.Text;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class MurmurHash2Tests
{
    // Printed by std::hash<std::string> of GNU libstdc++ 12 on x86-64: every remainder of the length by eight that differs in code.
    [Theory]
    [InlineData("", 0x553e93901e462a6eUL)]
    [InlineData("abcd", 0xde775125acd50b28UL)]
    [InlineData("abcdefg", 0xdeee6830a3af82afUL)]
    [InlineData("abcdefgh", 0x783db3e38db898bbUL)]
    [InlineData("abcdefghi", 0xb4ec9257851c8aafUL)]
    [InlineData("abcdefghijklmno", 0xcb28b790f605d1d0UL)]
    [InlineData("abcdefghijklmnop", 0x7cf03b77a0b13a36UL)]
    [InlineData("abcdefghijklmnopq", 0xe39652518932c15fUL)]
    [InlineData("größe:1234567", 0x05eb810d5ebaa8fdUL)]
    public void The_hash_is_that_of_the_reference(string key, ulong expected) =>
        Assert.Equal(expected, MurmurHash2.Hash(Encoding.UTF8.GetBytes(key)));
}
