using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using FsCheck;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class KeyHashTests
{
    [Fact]
    public void Bytes_hash_as_the_reference_implementation_does()
    {
        var rows = Vectors.ReadCsv("hashing-vectors", "xxhash_sanity_buffer.csv").Where(row => row["seed"] == "0").ToList();
        byte[] buffer = SanityBuffer(rows.Max(row => int.Parse(row["length"], CultureInfo.InvariantCulture)));

        foreach (var row in rows)
        {
            int length = int.Parse(row["length"], CultureInfo.InvariantCulture);
            Assert.Equal(ParseHex(row["xxh3_64"]), KeyHash.Of(buffer.AsSpan(0, length)));
        }

        Assert.Equal(53, rows.Count);
    }

    [Fact]
    public void Text_hashes_as_the_reference_implementation_does()
    {
        var rows = Vectors.ReadCsv("hashing-vectors", "xxhash_strings.csv");

        foreach (var row in rows)
        {
            Assert.Equal(ParseHex(row["xxh3_64"]), KeyHash.Of(row["text"]));
        }

        Assert.Equal(67, rows.Count);
    }

    [Property]
    public bool Text_hashes_as_its_utf8_bytes(string? text, NonNegativeInt repeats)
    {
        // Repeated, so that lengths on both sides of the stack buffer come up.
        string key = string.Concat(Enumerable.Repeat(text ?? "", repeats.Get));
        return KeyHash.Of(key) == KeyHash.Of(Encoding.UTF8.GetBytes(key));
    }

    [Theory]
    [InlineData(170)]
    [InlineData(171)]
    [InlineData(5000)]
    public void Text_of_three_byte_characters_hashes_as_its_utf8_bytes(int length)
    {
        string key = new('€', length);
        Assert.Equal(KeyHash.Of(Encoding.UTF8.GetBytes(key)), KeyHash.Of(key));
    }

    [Property]
    public bool Numbers_hash_as_little_endian_bytes(DoNotSize<ulong> number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number.Item);
        return KeyHash.Of(number.Item) == KeyHash.Of(bytes) && KeyHash.Of((long)number.Item) == KeyHash.Of(bytes);
    }

    [Fact]
    public void A_guid_hashes_as_its_big_endian_bytes()
    {
        byte[] bytes = Enumerable.Range(0, 16).Select(i => (byte)i).ToArray();
        Assert.Equal(KeyHash.Of(bytes), KeyHash.Of(Guid.Parse("00010203-0405-0607-0809-0a0b0c0d0e0f")));
    }

    [Fact]
    public void Equal_integers_of_any_type_hash_alike()
    {
        Assert.Equal(KeyHash.Of(42L), KeyHash.Of(42));
        Assert.Equal(KeyHash.Of(42L), KeyHash.Of(42u));
        Assert.Equal(KeyHash.Of(42L), KeyHash.Of(42UL));
    }

    [Fact]
    public void A_surrogate_without_its_partner_hashes_as_the_replacement_character()
    {
        Assert.Equal(KeyHash.Of("a\uFFFDb"), KeyHash.Of("a\uD800b"));
    }

    [Fact]
    public void The_hash_is_pinned()
    {
        Assert.Equal(0x2d06800538d394c2UL, KeyHash.Of(""));
        Assert.Equal(0x78af5f94892f3950UL, KeyHash.Of("abc"));
        Assert.Equal(0xd5a6f8c838df27c8UL, KeyHash.Of(42));
        Assert.Equal(0x5177110d872629c9UL, KeyHash.Of(Guid.Parse("c232ab00-9414-11ec-b3c8-9f6bdeced846")));
    }

    [Fact]
    public void Null_text_is_refused() => Assert.Throws<ArgumentNullException>("key", () => KeyHash.Of((string)null!));

    [Fact]
    public void Hashing_allocates_nothing()
    {
        string text = new('x', 100);
        Guid guid = Guid.Parse("c232ab00-9414-11ec-b3c8-9f6bdeced846");
        Allocations.AssertNone(() => KeyHash.Of(text) ^ KeyHash.Of(guid) ^ KeyHash.Of(42) ^ KeyHash.Of("abc"u8));
    }

    private static byte[] SanityBuffer(int length)
    {
        byte[] buffer = new byte[length];
        ulong generator = 2654435761;
        for (int i = 0; i < length; i++)
        {
            buffer[i] = (byte)(generator >> 56);
            generator *= 11400714785074694797;
        }

        return buffer;
    }

    private static ulong ParseHex(string text) => ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
