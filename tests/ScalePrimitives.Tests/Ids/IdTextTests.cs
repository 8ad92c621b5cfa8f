using System.Text.Json;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

public class IdTextTests
{
    private static readonly IdEncoding[] Encodings = Enum.GetValues<IdEncoding>();

    [Fact]
    public void Texts_of_64_bits_are_those_of_the_vectors()
    {
        foreach (JsonElement row in IdVectors.Read("u64-text.json"))
        {
            long id = (long)ulong.Parse(row.Text("value"), System.Globalization.CultureInfo.InvariantCulture);
            AssertText(id, row.Text("base62"), IdEncoding.Base62);
            AssertText(id, row.Text("crockford"), IdEncoding.Crockford32);
            AssertText(id, row.Text("hex"), IdEncoding.Hex);
        }
    }

    [Fact]
    public void Limits_and_refused_texts_are_those_of_the_vectors()
    {
        int rows = 0;
        foreach (JsonElement row in IdVectors.Read("u64-text-edges.json"))
        {
            // The other encodings of the file are not written here.
            IdEncoding? encoding = row.Text("encoding") switch { "crockford" => IdEncoding.Crockford32, "base62" => IdEncoding.Base62, _ => null };
            if (encoding is not { } known)
            {
                continue;
            }

            rows++;
            string? value = row.GetProperty("value").GetString();
            Assert.Equal(value is not null, IdText.TryParse(row.Text("text"), known, out long id));
            Assert.Equal(value ?? "0", ((ulong)id).ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (value is null)
            {
                Assert.Throws<FormatException>(() => IdText.ParseInt64(row.Text("text"), known));
            }
        }

        Assert.Equal(11, rows);
    }

    [Fact]
    public void Texts_of_128_bits_are_those_of_the_vectors()
    {
        foreach (JsonElement row in IdVectors.Read("uuid-base-n.json"))
        {
            Guid id = Guid.Parse(row.Text("uuid"));
            AssertText(id, row.Text("crockford"), IdEncoding.Crockford32);
            AssertText(id, row.Text("uuid").Replace("-", "", StringComparison.Ordinal), IdEncoding.Hex);
            if (row.Text("encoding").StartsWith("base62", StringComparison.Ordinal))
            {
                AssertText(id, row.Text("text"), IdEncoding.Base62);
            }
        }
    }

    [Fact]
    public void The_Crockford_text_of_a_Guid_is_its_ULID()
    {
        foreach (JsonElement row in IdVectors.Read("ulid.json"))
        {
            switch (row.Text("kind"))
            {
                case "value":
                    AssertText(Guid.Parse(row.Text("uuid")), row.Text("ulid"), IdEncoding.Crockford32);
                    break;
                case "refused":
                case "lenient":
                    Assert.False(IdText.TryParse(row.Text("text"), IdEncoding.Crockford32, out Guid refused));
                    Assert.Equal(Guid.Empty, refused);
                    Assert.Throws<FormatException>(() => IdText.ParseGuid(row.Text("text"), IdEncoding.Crockford32));
                    break;
                case "successor":
                    Assert.Equal(row.Text("next"), IdText.Format(IdText.ParseUInt128(row.Text("ulid"), IdEncoding.Crockford32) + 1, IdEncoding.Crockford32));
                    break;
                case "time_text":
                    Assert.Equal(row.Text("text"), IdText.Format((UInt128)row.Number("unix_ms") << 80, IdEncoding.Crockford32)[..10]);
                    break;
                default:
                    Assert.Equal("monotonic", row.Text("kind")); // of a generator that this library does not have
                    break;
            }
        }
    }

    [Fact]
    public void The_suffix_of_a_TypeID_is_the_Crockford_text_in_small_letters()
    {
        foreach (JsonElement row in IdVectors.Read("typeid.json"))
        {
            string suffix = row.Text("typeid")[(row.Text("typeid").LastIndexOf('_') + 1)..];
            if (row.Text("kind") == "valid")
            {
                AssertText(Guid.Parse(row.Text("uuid")), suffix.ToUpperInvariant(), IdEncoding.Crockford32);
                Assert.Equal(row.Text("uuid"), IdText.ParseGuid(suffix, IdEncoding.Crockford32).ToString());
            }
            else if (row.Text("name").StartsWith("suffix", StringComparison.Ordinal))
            {
                Assert.False(IdText.TryParse(suffix, IdEncoding.Crockford32, out Guid _));
            }
        }
    }

    [Property(MaxTest = 1000)]
    public void An_id_comes_back_and_texts_order_as_ids_do(ulong left, ulong right, Guid first, Guid second)
    {
        foreach (IdEncoding encoding in Encodings)
        {
            string text = IdText.Format((long)left, encoding);
            Assert.Equal((long)left, IdText.ParseInt64(text, encoding));
            Assert.Equal(first, IdText.ParseGuid(IdText.Format(first, encoding), encoding));
            var wide = new UInt128(left, right);
            Assert.Equal(wide, IdText.ParseUInt128(IdText.Format(wide, encoding), encoding));
            Assert.Equal(left.CompareTo(right), Math.Sign(string.CompareOrdinal(text, IdText.Format((long)right, encoding))));
            Assert.Equal(Math.Sign(first.CompareTo(second)), Math.Sign(string.CompareOrdinal(IdText.Format(first, encoding), IdText.Format(second, encoding))));
        }
    }

    [Property(MaxTest = 1000)]
    public void Any_text_is_refused_or_is_the_one_that_is_written(string? text, byte take)
    {
        string some = text ?? "";
        foreach (IdEncoding encoding in Encodings)
        {
            // Of the right length too, or hardly any would get past the first check.
            foreach (string candidate in (string[])[some, (some + new string('z', 32))[..(take % 33)]])
            {
                StringComparison comparison = encoding == IdEncoding.Base62 ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
                Assert.True(!IdText.TryParse(candidate, encoding, out long id) || candidate.Equals(IdText.Format(id, encoding), comparison));
                Assert.True(!IdText.TryParse(candidate, encoding, out UInt128 wide) || candidate.Equals(IdText.Format(wide, encoding), comparison));
            }
        }
    }

    [Theory]
    [InlineData(IdEncoding.Base62, "7n42DGM5Tflk9n8mt7Fhc7", "7n42DGM5Tflk9n8mt7Fhc8", "zzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData(IdEncoding.Crockford32, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "80000000000000000000000000", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    public void The_greatest_number_of_128_bits_is_the_last_that_fits(IdEncoding encoding, string greatest, string next, string last)
    {
        Assert.Equal(UInt128.MaxValue, IdText.ParseUInt128(greatest, encoding));
        Assert.Equal(greatest, IdText.Format(UInt128.MaxValue, encoding));
        Assert.False(IdText.TryParse(next, encoding, out UInt128 _));
        Assert.False(IdText.TryParse(last, encoding, out UInt128 _));
    }

    [Theory]
    [InlineData(IdEncoding.Base62)]
    [InlineData(IdEncoding.Crockford32)]
    [InlineData(IdEncoding.Hex)]
    public void A_span_that_is_too_short_is_not_touched(IdEncoding encoding)
    {
        string text = IdText.Format(long.MaxValue, encoding);
        char[] destination = new char[IdText.MaxLength];
        Assert.False(IdText.TryFormat(long.MaxValue, destination.AsSpan(0, text.Length - 1), out int written, encoding));
        Assert.Equal(0, written);
        Assert.All(destination, untouched => Assert.Equal('\0', untouched));
        Assert.True(IdText.TryFormat(long.MaxValue, destination, out written, encoding));
        Assert.Equal(text, new string(destination, 0, written));
        Assert.False(IdText.TryFormat(Guid.Empty, [], out _, encoding));
        Assert.False(IdText.TryFormat(UInt128.One, destination.AsSpan(0, 21), out _, encoding));
    }

    [Fact]
    public void An_unknown_encoding_is_refused_and_a_refusal_does_not_quote_the_text()
    {
        Assert.Throws<ArgumentOutOfRangeException>("encoding", () => IdText.Format(1L, (IdEncoding)3));
        Assert.Throws<ArgumentOutOfRangeException>("encoding", () => IdText.TryParse("", (IdEncoding)(-1), out long _));
        Assert.DoesNotContain("secret", Assert.Throws<FormatException>(() => IdText.ParseInt64("secret", IdEncoding.Hex)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Spans_are_written_and_read_without_allocation()
    {
        char[] destination = new char[IdText.MaxLength];
        Support.Allocations.AssertNone(() =>
        {
            ulong sum = 0;
            foreach (IdEncoding encoding in Encodings)
            {
                IdText.TryFormat(sum == 0 ? Guid.Empty : Guid.AllBitsSet, destination, out int written, encoding);
                sum += IdText.TryParse(destination.AsSpan(0, written), encoding, out Guid _) ? (ulong)written : 0;
            }

            return sum;
        });
    }

    private static void AssertText(long id, string text, IdEncoding encoding)
    {
        Assert.Equal(text, IdText.Format(id, encoding));
        Assert.Equal(id, IdText.ParseInt64(text, encoding));
    }

    private static void AssertText(Guid id, string text, IdEncoding encoding)
    {
        Assert.Equal(text, IdText.Format(id, encoding));
        Assert.Equal(id, IdText.ParseGuid(text, encoding));
    }
}
